"""The arguments and options that several commands take, and how all of them print."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from rich.console import Console

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Store = Annotated[str, typer.Argument(metavar="STORE", help="A SQLite file or a SQLAlchemy URL.", show_default=False)]
Run = Annotated[int, typer.Argument(metavar="RUN", help="A run's number.", show_default=False)]
Overrides = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="section.key=value", help="Overrides one setting of the job; may be repeated."),
]
RunNumber = Annotated[Optional[int], typer.Option("--run", help="A run's number, instead of the current run.")]


PIPE_WIDTH = 1000


class TableFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


Format = Annotated[TableFormat, typer.Option("--format", help="How rows are printed.")]


def print_rows(
    rows: list[dict[str, object]], columns: tuple[str, ...], output_format: TableFormat, *, empty: str
) -> None:
    """Prints rows; `empty` says on standard error that there is none."""
    from pipeline.views import tables

    if output_format is TableFormat.JSON:
        tables.print_json(rows)
    elif output_format is TableFormat.CSV:
        tables.print_csv(rows, columns)
    elif rows:
        tables.print_table(rows, columns, console())
    else:
        typer.echo(empty, err=True)


def console(*, stderr: bool = False) -> Console:
    """A terminal; or a pipe, in which lines are as long as they are."""
    from rich.console import Console as RichConsole

    found = RichConsole(stderr=stderr, highlight=False)
    return found if found.is_terminal else RichConsole(stderr=stderr, highlight=False, width=PIPE_WIDTH)
