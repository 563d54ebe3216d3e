"""Commands that mine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from camlode.pipeline.commands.console import info, warn
from camlode.pipeline.commands.options import JobFile, Overrides, Run, Store, make_console

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job
    from camlode.pipeline.runs.progress import MineProgress
    from camlode.pipeline.runs.report import MineReport

app = typer.Typer()


@app.command()
def mine(
    job_file: JobFile,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, whatever an earlier run has done.")] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Write Ray's timeline, a Chrome trace, into the run's folder.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Change nothing: plan, load, check, explain a sample, and tell how long it takes."
        ),
    ] = False,
    overrides: Overrides = None,
) -> None:
    """Mines a corpus and publishes the patterns in the job's store.

    A run that stopped half way is gone on with. Ends with 0 when all is done, 2 on a mistake in the job, 3 where
    shards failed or the machine did, 130 where it was interrupted.
    """
    from camlode.config import load_job

    job = load_job(job_file, overrides or ())
    if dry_run:
        _print_dry_run(job, fresh)
        return
    from camlode.pipeline.mining import mine as run_job

    report = _run_with_progress(lambda progress: run_job(job, fresh=fresh, profile=profile, progress=progress))
    if profile and not report.found:
        info(f"timeline for chrome://tracing or ui.perfetto.dev: {report.folder}/trace.json")
    _print_report(report)


@app.command()
def retry(store: Store, run: Run) -> None:
    """Does the failed shards of a run again, and publishes it with them.

    Ends as `camlode mine` does.
    """
    from camlode.pipeline.mining import retry as run_again

    _print_report(_run_with_progress(lambda progress: run_again(store, run, progress=progress)))


def _print_dry_run(job: Job, fresh: bool) -> None:
    from camlode.pipeline.dry_run.dry_run import perform_dry_run
    from camlode.pipeline.dry_run.view import dry_run_lines, dry_run_warnings

    with make_console(stderr=True).status("starting") as status:
        found = perform_dry_run(job, fresh=fresh, on_step=status.update)
    for line in dry_run_lines(job, found):
        typer.echo(line)
    for line in dry_run_warnings(job, found):
        warn(f"camlode: {line}")
    info("nothing was changed")


def _run_with_progress(work: Callable[[MineProgress], MineReport]) -> MineReport:
    from camlode.pipeline.runs.progress import MineProgress

    try:
        with MineProgress(make_console(stderr=True)) as progress:
            return work(progress)
    except KeyboardInterrupt:
        warn("camlode: interrupted; the same command goes on from what is done")
        raise typer.Exit(130) from None


def _print_report(report: MineReport) -> None:
    from camlode.pipeline.runs.report import print_stages, report_lines

    print_stages(report, make_console(stderr=True))
    for line in report_lines(report):
        typer.echo(line)
    if report.failures:
        raise typer.Exit(3)
