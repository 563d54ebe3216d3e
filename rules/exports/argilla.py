"""Weak supervision rules of Argilla 1: CSV with a query in Elasticsearch's query string syntax, a label and a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.rules.exports.csv_table import csv_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns

COLUMNS = ("query", "label", "name")
"""The arguments of `argilla.labeling.text_classification.Rule`; the name is the pattern's id."""


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write a rule for each pattern; none is left out."""
    rows = ((quote_phrase(pattern.fragment), pattern.label, pattern.id) for pattern in patterns)
    yield from csv_lines(COLUMNS, rows)


def quote_phrase(text: str) -> str:
    """Quote a text as a phrase of the query string syntax, in which only quotes and backslashes are special."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
