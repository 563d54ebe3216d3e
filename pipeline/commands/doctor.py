"""The command that tells what camlode has here to work with."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.pipeline.commands.options import USER_ERROR, Format, Overrides, TableFormat, make_console, print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.doctor.probes import CheckResult

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
    with make_console(stderr=True).status("examining"):
        found = _run_checks(store, job, overrides or ())
    rows = [dict(zip(COLUMNS, each, strict=False)) for each in found]
    print_rows(rows, COLUMNS, output_format, empty_message="")
    if any(each.fails for each in found):
        raise typer.Exit(USER_ERROR)


def _run_checks(store: str | None, job: Path | None, overrides: Sequence[str]) -> list[CheckResult]:
    """All findings; where even the doctor lacks a library, those about libraries."""
    try:
        from camlode.pipeline.doctor.examine import examine

        return [*examine(store, job, overrides)]
    except ImportError as error:
        from camlode.pipeline.doctor.checks import check_packages
        from camlode.pipeline.doctor.probes import CheckResult

        missing = CheckResult(
            "camlode itself", "problem", str(error), "install what is missing, then ask again", required=True
        )
        return [*check_packages(), missing]
