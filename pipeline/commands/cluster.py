"""The commands for jobs that run on a cluster by themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.console import info, warn
from camlode.pipeline.commands.options import JobFile, Overrides, make_console

app = typer.Typer()

Address = Annotated[
    str,
    typer.Option(
        metavar="http://HOST:8265",
        envvar=["RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"],
        help="Where the cluster's job server listens: the address of Ray's dashboard.",
        show_default=False,
    ),
]
JobId = Annotated[str, typer.Argument(metavar="ID", help="The id that submit printed.", show_default=False)]
COLUMNS = ("id", "status", "started", "ended", "exit_code", "message")


@app.command()
def submit(
    job_file: JobFile,
    address: Address,
    overrides: Overrides = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew, whatever an earlier run has done.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Whether to show the log until the job ends.")] = True,
) -> None:
    """Mines on a Ray cluster: sends the job there and shows its log.

    Ends with the job's own exit code: 0 when all is done, 2 on a mistake in the job, 3 where shards failed.
    """
    from camlode.config import load_job
    from camlode.workers import submission

    job = submission.submit(load_job(job_file, overrides or ()), address, fresh=fresh)
    typer.echo(f"submitted {job}")
    if wait:
        raise typer.Exit(_follow_log(address, job))


@app.command()
def status(
    address: Address,
    job: Annotated[Optional[str], typer.Argument(metavar="[ID]", help="One job only.", show_default=False)] = None,
) -> None:
    """Lists the jobs that were submitted to a cluster."""
    from camlode.pipeline.display.tables import print_table
    from camlode.workers import submission

    rows = [asdict(each) for each in submission.status(address, job)]
    if rows:
        print_table(rows, COLUMNS, make_console())
    else:
        info("no camlode job was submitted there yet")


@app.command()
def stop(job: JobId, address: Address) -> None:
    """Stops a job on a cluster; submitted again, it goes on from what is done."""
    from camlode.workers import submission

    typer.echo(f"{job} is stopping" if submission.stop(address, job) else f"{job} had ended already")


def _follow_log(address: str, job: str) -> int:
    from camlode.workers import submission

    try:
        return submission.follow(address, job, typer.echo)
    except KeyboardInterrupt:
        warn(f"{job} goes on without being followed; camlode stop {job} stops it")
        raise typer.Exit(130) from None
