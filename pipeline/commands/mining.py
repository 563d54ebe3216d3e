"""Commands that mine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import JobFile, Overrides, Run, Store, console
from pipeline.commands.talk import complain, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from config import Job
    from pipeline.runs.report import MineReport
    from pipeline.views.progress import MineProgress

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
    from config import load_job

    job = load_job(job_file, overrides or ())
    if dry_run:
        _rehearse(job, fresh)
        return
    from pipeline.mining import mine as run_job

    report = _followed(lambda progress: run_job(job, fresh=fresh, profile=profile, progress=progress))
    if profile and not report.found:
        say(f"timeline for chrome://tracing or ui.perfetto.dev: {report.folder}/trace.json")
    _tell(report)


@app.command()
def retry(store: Store, run: Run) -> None:
    """Does the failed shards of a run again, and publishes it with them.

    Ends as `camlode mine` does.
    """
    from pipeline.mining import retry as run_again

    _tell(_followed(lambda progress: run_again(store, run, progress=progress)))


def _rehearse(job: Job, fresh: bool) -> None:
    from pipeline.rehearsal.rehearse import rehearse
    from pipeline.views.rehearsals import rehearsal_lines, rehearsal_warnings

    with console(stderr=True).status("starting") as status:
        found = rehearse(job, fresh=fresh, step=status.update)
    for line in rehearsal_lines(job, found):
        typer.echo(line)
    for line in rehearsal_warnings(job, found):
        complain(f"camlode: {line}")
    say("nothing was changed")


def _followed(work: Callable[[MineProgress], MineReport]) -> MineReport:
    from pipeline.views.progress import MineProgress

    try:
        with MineProgress(console(stderr=True)) as progress:
            return work(progress)
    except KeyboardInterrupt:
        complain("camlode: interrupted; the same command goes on from what is done")
        raise typer.Exit(130) from None


def _tell(report: MineReport) -> None:
    from pipeline.views.reports import print_stages, report_lines

    print_stages(report, console(stderr=True))
    for line in report_lines(report):
        typer.echo(line)
    if report.failures:
        raise typer.Exit(3)
