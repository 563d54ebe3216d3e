"""The command that tells what camlode has here to work with."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pipeline.commands.exit_codes import MISTAKE
from pipeline.commands.options import Format, Overrides, TableFormat, console, print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.doctor.finding import Finding

app = typer.Typer()

COLUMNS = ("check", "state", "found", "remedy")


@app.command()
def doctor(
    store: Annotated[
        Optional[str],
        typer.Argument(metavar="[STORE]", help="A store that should be there, of this camlode's revision."),
    ] = None,
    job: Annotated[
        Optional[Path], typer.Option(metavar="JOB.yaml", help="A job that should be able to run here.")
    ] = None,
    overrides: Overrides = None,
    output_format: Format = TableFormat.TABLE,
) -> None:
    """Tells what is there, what is missing and what to install; starts TensorFlow and Ray to see that they do.

    Ends with 2 where the STORE, or what the job needs, is missing or broken. Nothing is changed, and no model loaded:
    camlode mine JOB.yaml --dry-run does that.
    """
    with console(stderr=True).status("examining"):
        found = _found(store, job, overrides or ())
    rows = [dict(zip(COLUMNS, each, strict=False)) for each in found]
    print_rows(rows, COLUMNS, output_format, empty="")
    if any(each.fails for each in found):
        raise typer.Exit(MISTAKE)


def _found(store: str | None, job: Path | None, overrides: Sequence[str]) -> list[Finding]:
    """All findings; where even the doctor lacks a library, those about libraries."""
    try:
        from pipeline.doctor.examine import examine

        return [*examine(store, job, overrides)]
    except ImportError as error:
        from pipeline.doctor.finding import Finding
        from pipeline.doctor.packages import package_findings

        lacks = Finding("camlode itself", "problem", str(error), "install what is missing, then ask again", asked=True)
        return [*package_findings(), lacks]
