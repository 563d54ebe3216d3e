"""Rule sets made of the patterns that reviewers accepted, and handed on as files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.rules.rule_set import RuleSet

RULE_FILE_FORMAT = "rules"
"""The rule file itself, beside the formats for other tools."""

STORE_ONLY_FORMATS = ("grasp",)
"""Formats that show how often a pattern occurs in the corpus, so that they are made of a store and not of rules."""

_MEDIA_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class RuleSetOptions:
    """How rules are chosen among the accepted patterns of a run; see `RuleClassifier.from_store`."""

    run: int
    rules_per_label: int = 50
    min_documents: int = 1
    min_precision: float = 0.0
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file to download; `left_out` is how many rules its format can't express, by what they hold."""

    name: str
    media_type: str
    content: bytes
    left_out: Mapping[str, int]


def build_rule_set(address: str, rule_options: RuleSetOptions) -> RuleSet:
    """The rules that a recipe makes of the accepted patterns in the store at `address`.

    Raises:
        RulesError: no pattern is left, or the fallback is no label.
        StoreError: there is no such run, or it went without the match pass.
    """
    from camlode.rules.classifier import RuleClassifier

    classifier = RuleClassifier.from_store(
        address,
        rule_options.run,
        rule_options.rules_per_label,
        fallback=rule_options.fallback,
        min_documents=rule_options.min_documents,
        min_precision=rule_options.min_precision,
        accepted=True,
    )
    return classifier.rule_set_


def formats() -> list[str]:
    """The names of the formats that rules can be downloaded in."""
    from camlode.rules.exports import EXPORTERS

    return [RULE_FILE_FORMAT, *(name for name in EXPORTERS if name not in STORE_ONLY_FORMATS)]


def export_rule_set(rules: RuleSet, output_format: str) -> ExportedFile:
    """A rule set as a file; a zip of files where the format has one for each of several labels.

    Raises:
        RulesError: there is no such format, or it can express none of the rules.
    """
    if output_format == RULE_FILE_FORMAT:
        from camlode.rules.rule_file import rules_to_json

        return ExportedFile("rules.json", _MEDIA_TYPES[".json"], rules_to_json(rules).encode(), {})
    from camlode.rules.exports import get_exporter
    from camlode.rules.exports.sources import patterns_from_rules
    from camlode.rules.exports.writing import write

    exporter, patterns = get_exporter(output_format), patterns_from_rules(rules, "the rule set")
    with TemporaryDirectory() as folder:
        target = Path(folder) / f"rules-{output_format}{exporter.suffix}"
        write(exporter, patterns, target)
        name, content = (
            (f"{target.stem}.zip", _zip_folder(target)) if target.is_dir() else (target.name, target.read_bytes())
        )
    media_type = _MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
    return ExportedFile(name, media_type, content, dict(patterns.left_out))


def download_headers(export: ExportedFile) -> dict[str, str]:
    """What tells a browser to keep the file, and others how many rules it lacks."""
    headers = {"Content-Disposition": f'attachment; filename="{export.name}"'}
    if export.left_out:
        headers["Camlode-Left-Out"] = str(sum(export.left_out.values()))
    return headers


def parse_rule_options(values: Mapping[str, Any], run: int) -> RuleSetOptions:
    """The recipe that a form's values name, which may be empty.

    Raises:
        CamlodeError: one is no number.
    """
    from camlode.explorer.query import parse_float, parse_int

    defaults = RuleSetOptions(run)
    return RuleSetOptions(
        run,
        parse_int(values, "rules_per_label", defaults.rules_per_label),
        parse_int(values, "min_documents", defaults.min_documents),
        parse_float(values, "min_precision", defaults.min_precision),
        values.get("fallback") or None,
    )


def _zip_folder(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file.getvalue()
