"""CSV with a header and all columns of each pattern; fragments are written unchanged."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Any

from camlode.rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from camlode.rules.exports.sources import ExportedPatterns

_LINE_END = "\r\n"


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write a row for each pattern; none is left out. The weights of a rule are JSON."""
    rows = (pattern.row() for pattern in patterns)
    if "weights" in patterns.columns:
        rows = (row | {"weights": to_json_line(row["weights"])} for row in rows)
    yield from csv_lines(patterns.columns, (row.values() for row in rows))


def csv_lines(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Write a header and rows, each with its line feed."""
    buffer = StringIO()
    # The writer quotes a carriage return only if rows end in one: they do here, and `_take_line` replaces it.
    writer = csv.writer(buffer, lineterminator=_LINE_END)
    writer.writerow(columns)
    for row in rows:
        yield _take_line(buffer)
        writer.writerow(row)
    yield _take_line(buffer)


def _take_line(buffer: StringIO) -> str:
    line = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return f"{line.removesuffix(_LINE_END)}\n"
