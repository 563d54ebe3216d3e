"""`camlode doctor`: check the installation, and a store or job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.pipeline.commands.console import make_console
from camlode.pipeline.commands.options import USER_ERROR, Overrides, RowFormatOption
from camlode.pipeline.commands.output import print_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.doctor.checks import CheckResult

app = typer.Typer()

COLUMNS = ("check", "state", "found", "remedy")


@app.command()
def doctor(
    store: Annotated[Optional[str], typer.Argument(metavar="STORE", help="Also check this store.")] = None,
    job: Annotated[
        Optional[Path], typer.Option(metavar="JOB.yaml", help="Also check that this job can run here.")
    ] = None,
    overrides: Overrides = None,
    output_format: RowFormatOption = "table",
) -> None:
    """Check the installation, and optionally a store or a job.

    Prints what works, what is missing and how to fix it. Starts TensorFlow (or JAX) and Ray in separate processes.
    Changes nothing and loads no model: for that use camlode mine JOB.yaml --dry-run. Exits with 2 if the STORE, or
    anything that the job needs, is missing or broken.
    """
    with make_console(stderr=True).status("checking"):
        results = _run_checks(store, job, overrides or ())
    rows = [dict(zip(COLUMNS, each, strict=False)) for each in results]
    print_rows(rows, COLUMNS, output_format, empty_message="")
    if any(each.fails for each in results):
        raise typer.Exit(USER_ERROR)


def _run_checks(store: str | None, job: Path | None, overrides: Sequence[str]) -> list[CheckResult]:
    """Run all checks, or only those of the packages if the doctor's own imports fail."""
    try:
        from camlode.pipeline.doctor.examine import examine

        return [*examine(store, job, overrides)]
    except ImportError as error:
        from camlode.pipeline.doctor.checks import CheckResult, check_packages

        remedy = "install what is missing, then run camlode doctor again"
        return [*check_packages(), CheckResult("camlode itself", "problem", str(error), remedy, required=True)]
