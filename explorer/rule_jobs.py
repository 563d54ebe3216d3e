"""Rule sets made from accepted patterns, and their export as files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.rules.rule_set import RuleSet

RULE_FILE_FORMAT = "rules"
"""The rule file itself; all other formats are for other tools."""

STORE_ONLY_FORMATS = ("grasp",)
"""Formats with the frequencies of patterns in the corpus: they need a store, and rules do not have them."""

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
    """How rules are selected from the accepted patterns of a run; see `RuleClassifier.from_store`."""

    run: int
    rules_per_label: int = 50
    min_documents: int = 1
    min_precision: float = 0.0
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file to download; `left_out` counts the rules that its format cannot express, by the reason."""

    name: str
    media_type: str
    content: bytes
    left_out: Mapping[str, int]


def build_rule_set(address: str, rule_options: RuleSetOptions) -> RuleSet:
    """Build a rule set from the accepted patterns in the store at `address`.

    Raises:
        RulesError: no pattern is left, or the fallback is not a label.
        StoreError: there is no such run, or it was mined without the match pass.
    """
    from camlode.rules.classifier import RuleClassifier

    return RuleClassifier.from_store(address, accepted=True, **asdict(rule_options)).rule_set_


def formats() -> list[str]:
    """List the formats that a rule set can be downloaded in."""
    from camlode.rules.exports import EXPORTERS

    return [RULE_FILE_FORMAT, *(name for name in EXPORTERS if name not in STORE_ONLY_FORMATS)]


def export_rule_set(rules: RuleSet, output_format: str) -> ExportedFile:
    """Export a rule set as a file: a zip if the format has one file per label.

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
    """Headers that make a browser save the file, and count the rules it lacks (Camlode-Left-Out)."""
    headers = {"Content-Disposition": f'attachment; filename="{export.name}"'}
    if export.left_out:
        headers["Camlode-Left-Out"] = str(sum(export.left_out.values()))
    return headers


def parse_rule_options(values: Mapping[str, Any], run: int) -> RuleSetOptions:
    """Parse the options from the fields of a form; empty ones have their default.

    Raises:
        CamlodeError: a number is invalid.
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
