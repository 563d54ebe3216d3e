"""Rows of the store as a table, JSON, JSON Lines or CSV; all but the table one row after the other, as they come."""
# MERGED: Rows as a table in Markdown.
# MERGED: Where everything but data for programs is printed.

from __future__ import annotations

import csv
import json
import re
import sys
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from rich.console import Console

from camlode.pipeline.display.colors import AMBER
from camlode.pipeline.display.sanitize import sanitize, sanitize_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.text import Text


Row = dict[str, Any]

_MIN_TEXT_WIDTH = 12
_COLUMN_GAP = 2
_CSV_LINE_END = "\r\n"


def print_table(rows: Sequence[Row], columns: Sequence[str], console: Console) -> None:
    """The rows for a person to read: numbers to the right, texts folded where they must be, nothing cut off.

    Texts are shown as they are, never as markup. A terminal too narrow for the numbers gets longer lines.
    """
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    cells, min_width, word_separator = [], 0, "\n" if console.is_terminal else " "
    for column in columns:
        numeric = any(is_number(row[column]) for row in rows)
        header, found = (
            column.replace("_", word_separator),
            [_to_rich_text(_format_table_cell(row[column])) for row in rows],
        )
        # Numbers are never folded: half a number is another number.
        table.add_column(
            _to_rich_text(header), justify="right" if numeric else "left", no_wrap=numeric, overflow="fold"
        )
        widest = max((text.cell_len for text in found), default=0)
        head = max(map(len, header.split("\n")))
        min_width += max(head, widest if numeric else min(widest, _MIN_TEXT_WIDTH)) + _COLUMN_GAP
        cells.append(found)
    for line in zip(*cells, strict=True):
        table.add_row(*line)
    console.width = max(console.width, min_width)
    console.print(table)


def print_json(rows: Iterable[Row]) -> None:
    """The rows as one JSON list, a row a line."""
    parts = iter(rows)
    first = next(parts, None)
    if first is None:
        sys.stdout.write("[]\n")
        return
    sys.stdout.write(f"[\n{dump_json(first)}")
    for row in parts:
        sys.stdout.write(f",\n{dump_json(row)}")
    sys.stdout.write("\n]\n")


def print_json_lines(rows: Iterable[Row]) -> None:
    """The rows as JSON objects, one a line."""
    for row in rows:
        sys.stdout.write(f"{dump_json(row)}\n")


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """The rows as CSV with a header; in a file exactly as they are, on a terminal without what it would obey."""
    parts = iter(rows)
    first = list(islice(parts, 1))  # before anything is written, since the question may be refused
    # A carriage return is quoted only where it ends rows.
    writer = csv.writer(_LineFeedWriter(), lineterminator=_CSV_LINE_END)
    writer.writerow(columns)
    convert = _sanitize_value if sys.stdout.isatty() else _keep_value
    for row in chain(first, parts):
        writer.writerow([convert(row[column]) for column in columns])


class _LineFeedWriter:
    """Standard output, in which a row of CSV ends with a line feed alone."""

    def write(self, row: str) -> None:
        sys.stdout.write(f"{row.removesuffix(_CSV_LINE_END)}\n")


def dump_json(value: object) -> str:
    """A value as JSON in one line, harmless on a terminal; moments as ISO text."""
    return sanitize_json(json.dumps(value, ensure_ascii=False, default=str))


def drop_empty_columns(rows: Iterable[Row], columns: Sequence[str], optional: Collection[str]) -> list[str]:
    """The columns without those of `optional` in which nothing stands."""
    used = {column for row in rows for column in optional if row[column] is not None}
    return [column for column in columns if column in used or column not in optional]


def is_number(value: Any) -> bool:
    """Whether a value is set to the right."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def format_cell(value: Any) -> str:
    """A value for a person to read: four digits of a number, a moment to the minute, texts harmless."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return sanitize(str(value))


def _sanitize_value(value: Any) -> Any:
    return sanitize(value) if isinstance(value, str) else value


def _keep_value(value: Any) -> Any:
    return value


def _to_rich_text(value: str | Text) -> Text:
    from rich.text import Text as RichText

    return RichText(value) if isinstance(value, str) else value


def _format_table_cell(value: Any) -> str | Text:
    return value if hasattr(value, "cell_len") else format_cell(value)


_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]<>|~&#$])")


def format_markdown_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """The rows under a header, numbers to the right, texts as they are."""
    numeric = [any(is_number(row[column]) for row in rows) for column in columns]
    lines = [
        [column.replace("_", " ") for column in columns],
        ["---:" if each else "---" for each in numeric],
        *([escape_markdown(format_cell(row[column])) for column in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape_markdown(text: str) -> str:
    """`text` with a backslash before all that Markdown would read as more than text."""
    return _MARKDOWN_SYNTAX.sub(r"\\\1", text)


PIPE_WIDTH = 1000


class Terminal(Console):
    """A terminal; or a pipe, in which lines are as long as they are.

    Raises:
        BrokenPipeError: the pipe's reader is gone; of itself, Rich would end the program as failed.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False)
        if not self.is_terminal:
            self.width = PIPE_WIDTH

    def on_broken_pipe(self) -> None:
        """Called where the pipe's reader is gone."""
        raise BrokenPipeError


def highlight_hit(example: Row, console: Console) -> Text:
    """The hit between what stood around it, told apart by colour where there is any."""
    from rich.text import Text

    left, hit, right = (sanitize(example[part]) for part in ("left", "hit", "right"))
    if console.no_color or console.color_system is None:
        return Text(f"{left}«{hit}»{right}")
    return Text.assemble(left, (hit, f"black on rgb({','.join(map(str, AMBER))})"), right)
