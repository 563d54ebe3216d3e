"""`camlode mine` and `camlode retry`: run a job, or the failed shards of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from camlode.pipeline.commands.console import info, make_console, warn
from camlode.pipeline.commands.options import (
    ENVIRONMENT_ERROR,
    INTERRUPTED,
    Fresh,
    JobFile,
    Overrides,
    RunArgument,
    Store,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job
    from camlode.pipeline.runs.progress import MineProgress
    from camlode.pipeline.runs.summary import MineReport

app = typer.Typer()


@app.command()
def mine(
    job_file: JobFile,
    fresh: Fresh = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Write Ray's timeline (a Chrome trace) to the run's folder.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Plan, load and check the job, explain a sample, and estimate the time."),
    ] = False,
    overrides: Overrides = None,
) -> None:
    """Mine a corpus and publish its patterns in a store.

    Resumes a run that was interrupted. Exits with 0 when all is done, 2 if the job is invalid, 3 if shards or the
    machine failed, 130 if interrupted.
    """
    from camlode.config import load_job

    job = load_job(job_file, overrides or ())
    if dry_run:
        _print_dry_run(job, fresh)
        return
    from camlode.pipeline.mining import mine as run_job

    report = _run_with_progress(lambda progress: run_job(job, fresh=fresh, profile=profile, progress=progress))
    if profile and not report.already_complete:
        info(f"timeline for chrome://tracing or ui.perfetto.dev: {report.folder}/trace.json")
    _print_report(report)


@app.command()
def retry(store: Store, run: RunArgument) -> None:
    """Process a run's failed shards again, and publish the run.

    Exit codes are those of camlode mine.
    """
    from camlode.pipeline.mining import retry as retry_run

    _print_report(_run_with_progress(lambda progress: retry_run(store, run, progress=progress)))


def _print_dry_run(job: Job, fresh: bool) -> None:
    from camlode.pipeline.dry_run.dry_run import perform_dry_run
    from camlode.pipeline.dry_run.view import dry_run_lines, dry_run_warnings

    with make_console(stderr=True).status("starting") as status:
        report = perform_dry_run(job, fresh=fresh, on_step=status.update)
    for line in dry_run_lines(job, report):
        typer.echo(line)
    for line in dry_run_warnings(job, report):
        warn(f"camlode: {line}")
    info("nothing was changed")


def _run_with_progress(work: Callable[[MineProgress], MineReport]) -> MineReport:
    from camlode.pipeline.runs.progress import MineProgress

    try:
        with MineProgress(make_console(stderr=True)) as progress:
            return work(progress)
    except KeyboardInterrupt:
        warn("camlode: interrupted; run the same command again to resume")
        raise typer.Exit(INTERRUPTED) from None


def _print_report(report: MineReport) -> None:
    from camlode.pipeline.runs.summary import print_stages, report_lines

    print_stages(report, make_console(stderr=True))
    for line in report_lines(report):
        typer.echo(line)
    if report.failures:
        raise typer.Exit(ENVIRONMENT_ERROR)
