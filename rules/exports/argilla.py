"""`query,label,name` CSV for the weak supervision of Argilla 1: a query in Elasticsearch's query string syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.rules.exports.csv_table import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns

COLUMNS = ("query", "label", "name")
"""The arguments of `argilla.labeling.text_classification.Rule`; the name is the pattern's id."""


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """All patterns, none of which is left out."""
    rows = ((quote_phrase(pattern.fragment), pattern.label, pattern.id) for pattern in patterns)
    yield from csv_lines(COLUMNS, rows)


def quote_phrase(text: str) -> str:
    """A text as a phrase of the query string syntax, in which only quotes and backslashes mean something."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
