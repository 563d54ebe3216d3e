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

    from rules.rule_set import RuleSet

OWN_FORMAT = "rules"
"""The rule file itself, beside the formats for other tools."""

OF_STORES = ("grasp",)
"""Formats that show how often a pattern occurs in the corpus, so that they are made of a store and not of rules."""

_TYPES = {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".csv": "text/csv; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".py": "text/x-python; charset=utf-8",
    ".zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rules are chosen among the accepted patterns of a run; see `RuleClassifier.from_store`."""

    run: int
    rules_per_label: int = 50
    min_documents: int = 1
    min_precision: float = 0.0
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """A file to download; `left_out` is how many rules its format can't express, by what they hold."""

    name: str
    media_type: str
    content: bytes
    left_out: Mapping[str, int]


def build(address: str, recipe: Recipe) -> RuleSet:
    """The rules that a recipe makes of the accepted patterns in the store at `address`.

    Raises:
        RulesError: no pattern is left, or the fallback is no label.
        StoreError: there is no such run, or it went without the match pass.
    """
    from rules.classifier import RuleClassifier

    classifier = RuleClassifier.from_store(
        address,
        recipe.run,
        recipe.rules_per_label,
        fallback=recipe.fallback,
        min_documents=recipe.min_documents,
        min_precision=recipe.min_precision,
        accepted=True,
    )
    return classifier.rule_set_


def formats() -> list[str]:
    """The names of the formats that rules can be downloaded in."""
    from rules.exports import EXPORTERS

    return [OWN_FORMAT, *(name for name in EXPORTERS if name not in OF_STORES)]


def exported(rules: RuleSet, output_format: str) -> Export:
    """A rule set as a file; a zip of files where the format has one for each of several labels.

    Raises:
        RulesError: there is no such format, or it can express none of the rules.
    """
    if output_format == OWN_FORMAT:
        from rules.rule_file import as_json

        return Export("rules.json", _TYPES[".json"], as_json(rules).encode(), {})
    from rules.exports import exporter_of
    from rules.exports.sources import of_rules
    from rules.exports.writing import write

    exporter, patterns = exporter_of(output_format), of_rules(rules, "the rule set")
    with TemporaryDirectory() as folder:
        target = Path(folder) / f"rules-{output_format}{exporter.ending}"
        write(exporter, patterns, target)
        name, content = (
            (f"{target.stem}.zip", _zipped(target)) if target.is_dir() else (target.name, target.read_bytes())
        )
    media_type = _TYPES.get(Path(name).suffix, "application/octet-stream")
    return Export(name, media_type, content, dict(patterns.left_out))


def download_headers(export: Export) -> dict[str, str]:
    """What tells a browser to keep the file, and others how many rules it lacks."""
    headers = {"Content-Disposition": f'attachment; filename="{export.name}"'}
    if export.left_out:
        headers["Camlode-Left-Out"] = str(sum(export.left_out.values()))
    return headers


def recipe_of(values: Mapping[str, Any], run: int) -> Recipe:
    """The recipe that a form's values name, which may be empty.

    Raises:
        CamlodeError: one is no number.
    """
    from explorer.choosing import number_of, whole_of

    usual = Recipe(run)
    return Recipe(
        run,
        whole_of(values, "rules_per_label", usual.rules_per_label),
        whole_of(values, "min_documents", usual.min_documents),
        number_of(values, "min_precision", usual.min_precision),
        values.get("fallback") or None,
    )


def _zipped(folder: Path) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return file.getvalue()
