"""How commands write results: rows in a format, or a document to a file or standard output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import exit_on_broken_pipe, info, make_console

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from camlode.pipeline.commands.options import RowFormat
    from camlode.sql import Row


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    output_format: RowFormat,
    *,
    empty_message: str,
    optional_columns: Collection[str] = (),
    all_columns: Sequence[str] | None = None,
) -> None:
    """Print rows; all formats but the table stream them.

    The table has `columns` without those of `optional_columns` that are empty, and `empty_message` on standard error
    if there is no row. CSV has `all_columns` (by default `columns`), JSON and JSON Lines have all that a row holds.
    """
    from camlode.pipeline.display import tables

    with exit_on_broken_pipe():
        if output_format == "json":
            tables.print_json(rows)
        elif output_format == "jsonl":
            tables.print_json_lines(rows)
        elif output_format == "csv":
            tables.print_csv(rows, all_columns or columns)
        elif found := list(rows):
            tables.print_table(found, tables.drop_empty_columns(found, columns, optional_columns), make_console())
        else:
            info(empty_message)


def write_output(content: str | bytes, output: Path | None) -> None:
    """Write a document to the file `output` atomically, or to standard output if there is none."""
    if output is not None:
        from camlode.config.atomic_write import write_atomic

        write_atomic(output, content)
        return
    with exit_on_broken_pipe():
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(content)


def format_from_suffix(output: Path | None, formats: Sequence[str], aliases: Mapping[str, str]) -> str | None:
    """Return the format that a file's suffix names, or None without a file or suffix; `aliases` are more suffixes.

    Raises:
        CamlodeError: the suffix is unknown.
    """
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    name = aliases.get(suffix, suffix)
    if suffix and name not in formats:
        known = ", ".join(sorted({f".{each}" for each in (*formats, *aliases) if each != "terminal"}))
        raise CamlodeError(f"cannot tell the format of {output}: expected one of {known}; or name it with --format")
    return name or None
