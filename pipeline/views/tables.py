"""Rows of the store as a table, JSON or CSV."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

Row = dict[str, Any]


def print_table(rows: Sequence[Row], columns: Sequence[str], console: Console) -> None:
    """The rows for a person to read: numbers to the right, nothing cut off in a pipe."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        numeric = any(isinstance(row[column], int | float) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(row[column])) for column in columns))
    console.print(table)


def print_json(rows: Sequence[Row]) -> None:
    """The rows as one JSON list."""
    json.dump(list(rows), sys.stdout, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write("\n")


def print_csv(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """The rows as CSV with a header."""
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return str(value)
