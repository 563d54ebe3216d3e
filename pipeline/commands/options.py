"""The arguments and options that several commands take, and how all of them print."""
# MERGED: The format of a file that is written, told by the ending of its name.
# MERGED: What the exit codes mean: the same for every command.

from __future__ import annotations

import getpass
import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info, is_quiet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from camlode.sql import Row

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Store = Annotated[
    str,
    typer.Argument(metavar="STORE", help="A SQLite file, or postgresql://USER@HOST/DATABASE.", show_default=False),
]
Run = Annotated[int, typer.Argument(metavar="RUN", help="A run's number.", show_default=False)]
Fragment = Annotated[
    str,
    typer.Argument(metavar="FRAGMENT", help="The whole text of a fragment; one with - first: -- -TEXT."),
]
Overrides = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="section.key=value", help="Overrides one setting of the job; may be repeated."),
]
LabelOption = Annotated[Optional[str], typer.Option("--label", help="Of this label only.")]
RuleSource = Annotated[
    str,
    typer.Argument(
        metavar="RULES", help="A rule file, or STORE#NAME or STORE#NAME@VERSION of a store.", show_default=False
    ),
]
TextColumn = Annotated[str, typer.Option("--text", metavar="COLUMN", help="The column with the texts.")]
RunNumber = Annotated[Optional[int], typer.Option("--run", help="A run's number, instead of the current run.")]


class TableFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    JSONL = "jsonl"


class ViewFormat(StrEnum):
    """How an answer of several parts is printed."""

    TABLE = "table"
    JSON = "json"


Format = Annotated[TableFormat, typer.Option("--format", help="How rows are printed.")]


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str],
    output_format: TableFormat,
    *,
    empty_message: str,
    optional_columns: Collection[str] = (),
    all_columns: Sequence[str] | None = None,
) -> None:
    """Prints rows; all formats but the table do so as they come, however many there are.

    The table has `columns`, without those of `optional_columns` in which nothing stands; CSV has `columns`, or `all_columns` column,
    JSON all that a row has. `empty_message` says on standard error that there is none.
    """
    from camlode.pipeline.display import tables

    with exit_on_broken_pipe():
        if output_format is TableFormat.JSON:
            tables.print_json(rows)
        elif output_format is TableFormat.JSONL:
            tables.print_json_lines(rows)
        elif output_format is TableFormat.CSV:
            tables.print_csv(rows, all_columns or columns)
        elif found := list(rows):
            tables.print_table(found, tables.drop_empty_columns(found, columns, optional_columns), make_console())
        else:
            info(empty_message)


@contextmanager
def exit_on_broken_pipe() -> Iterator[None]:
    """Ends the command well where the reader of its output has seen enough, as `head` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written would fail once more when the program ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def login_name() -> str:
    """The user's login name, or nothing where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def make_console(*, stderr: bool = False) -> Console:
    """A terminal; or a pipe, in which lines are as long as they are. Standard error's is mute with --quiet."""
    from camlode.pipeline.display.tables import Terminal

    terminal = Terminal(stderr=stderr)
    terminal.quiet = stderr and is_quiet()
    return terminal


def format_from_suffix(output: Path | None, formats: Sequence[str], aliases: Mapping[str, str]) -> str | None:
    """The format that the file's name ends with, `aliases` being further endings; None for a name without an ending.

    Raises:
        CamlodeError: the name ends with something else.
    """
    suffix = output.suffix.lower().removeprefix(".") if output else ""
    name = aliases.get(suffix, suffix)
    if suffix and name not in formats:
        known = ", ".join(sorted({f".{each}" for each in (*formats, *aliases) if each != "terminal"}))
        raise CamlodeError(f"cannot tell the format of {output}: expected one of {known}; or name it with --format")
    return name or None


CHECK_FAILED = 1
USER_ERROR = 2
ENVIRONMENT_ERROR = 3
INTERRUPTED = 130

EXIT_CODES = {
    0: "done",
    CHECK_FAILED: "what was to be checked for was found (audit --fail-on, db check), or an answer was no",
    USER_ERROR: "a mistake of yours, told in one line",
    ENVIRONMENT_ERROR: "shards failed, or the machine did, or camlode itself",
    INTERRUPTED: "interrupted (Ctrl-C; a job that mines, by SIGTERM too)",
}
"""Each code with what it says."""
