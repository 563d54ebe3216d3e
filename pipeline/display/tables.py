"""Rows as tables on a terminal or in Markdown, as JSON, JSON Lines or CSV, and the console that they are printed on."""

from __future__ import annotations

import csv
import json
import re
import sys
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from rich.console import Console

from camlode.pipeline.display.colors import AMBER
from camlode.pipeline.display.numbers import format_table_value
from camlode.pipeline.display.sanitize import sanitize, sanitize_json

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from rich.text import Text

Row = dict[str, Any]

PIPE_WIDTH = 1000
_MIN_TEXT_WIDTH = 12
_COLUMN_GAP = 2
_CSV_LINE_END = "\r\n"
_MARKDOWN_SYNTAX = re.compile(r"([\\`*_\[\]<>|~&#$])")


class Terminal(Console):
    """A Rich console that, in a pipe, does not wrap lines.

    Raises:
        BrokenPipeError: the reader of the pipe has gone; Rich itself would exit with 1.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False)
        if not self.is_terminal:
            self.width = PIPE_WIDTH

    def on_broken_pipe(self) -> None:
        """Let the command line handle a broken pipe."""
        raise BrokenPipeError


def print_table(rows: Sequence[Row], columns: Sequence[str], console: Console) -> None:
    """Print rows for a person: numbers right-aligned, texts folded where necessary, nothing cut off.

    Texts are sanitized and never read as markup. A terminal too narrow for the numbers gets longer lines.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    cells, min_width, word_separator = [], 0, "\n" if console.is_terminal else " "
    for column in columns:
        numeric = any(is_number(row[column]) for row in rows)
        header = column.replace("_", word_separator)
        texts = [value if isinstance(value := row[column], Text) else Text(format_cell(value)) for row in rows]
        # Numbers are never folded: half a number is another number.
        table.add_column(Text(header), justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
        widest = max((text.cell_len for text in texts), default=0)
        header_width = max(map(len, header.split("\n")))
        min_width += max(header_width, widest if numeric else min(widest, _MIN_TEXT_WIDTH)) + _COLUMN_GAP
        cells.append(texts)
    for line in zip(*cells, strict=True):
        table.add_row(*line)
    console.width = max(console.width, min_width)
    console.print(table)


def print_json(rows: Iterable[Row]) -> None:
    """Print rows as one JSON list, a row a line, as they come."""
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
    """Print rows as JSON objects, one a line, as they come."""
    for row in rows:
        sys.stdout.write(f"{dump_json(row)}\n")


def print_csv(rows: Iterable[Row], columns: Sequence[str]) -> None:
    """Print rows as CSV with a header, as they come; texts are sanitized on a terminal only."""
    parts = iter(rows)
    # Read a row before writing the header: the query may be refused, and then nothing must be printed.
    first = list(islice(parts, 1))
    # Python quotes a carriage return within a value only if carriage returns end the rows, so that rows end with \r\n
    # here, of which the writer leaves the \n.
    writer = csv.writer(_LineFeedWriter(), lineterminator=_CSV_LINE_END)
    writer.writerow(columns)
    is_terminal = sys.stdout.isatty()
    for row in chain(first, parts):
        values = [row[column] for column in columns]
        writer.writerow([sanitize(each) if is_terminal and isinstance(each, str) else each for each in values])


class _LineFeedWriter:
    """Standard output for CSV rows that end with a line feed alone."""

    def write(self, row: str) -> None:
        sys.stdout.write(f"{row.removesuffix(_CSV_LINE_END)}\n")


def dump_json(value: object) -> str:
    """Return a value as one line of JSON that is safe on a terminal; times are ISO texts."""
    return sanitize_json(json.dumps(value, ensure_ascii=False, default=str))


def format_markdown_table(rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Return rows as a Markdown table: numbers right-aligned, texts escaped."""
    numeric = [any(is_number(row[column]) for row in rows) for column in columns]
    lines = [
        [column.replace("_", " ") for column in columns],
        ["---:" if each else "---" for each in numeric],
        *([escape_markdown(format_cell(row[column])) for column in columns] for row in rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escape_markdown(text: str) -> str:
    """Escape everything in `text` that Markdown would interpret."""
    return _MARKDOWN_SYNTAX.sub(r"\\\1", text)


def drop_empty_columns(rows: Iterable[Row], columns: Sequence[str], optional: Collection[str]) -> list[str]:
    """Return the columns without those of `optional` that have no value in any row."""
    used = {column for row in rows for column in optional if row[column] is not None}
    return [column for column in columns if column in used or column not in optional]


def is_number(value: Any) -> bool:
    """Whether a value is right-aligned."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def format_cell(value: Any) -> str:
    """Format a value for a table; texts are sanitized."""
    return sanitize(format_table_value(value))


def mark_match(example: Row) -> str:
    """Return an example's text with the matched text between « and »."""
    return f"{example['left']}«{example['hit']}»{example['right']}"


def highlight_match(example: Row, console: Console) -> Text:
    """Return an example's text with the matched text in amber, or between « and » on a console without color."""
    from rich.text import Text

    parts = {part: sanitize(example[part]) for part in ("left", "hit", "right")}
    if console.no_color or console.color_system is None:
        return Text(mark_match(parts))
    return Text.assemble(parts["left"], (parts["hit"], f"black on rgb({','.join(map(str, AMBER))})"), parts["right"])
