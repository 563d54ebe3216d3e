"""`camlode submit`, `status` and `stop`: jobs on a Ray cluster."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.console import info, make_console, warn
from camlode.pipeline.commands.options import INTERRUPTED, Fresh, JobFile, Overrides

app = typer.Typer()

Address = Annotated[
    str,
    typer.Option(
        metavar="http://HOST:8265",
        envvar=["RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"],
        help="The cluster's job server: the address of Ray's dashboard.",
        show_default=False,
    ),
]
JobId = Annotated[str, typer.Argument(metavar="ID", help="The id that camlode submit printed.", show_default=False)]
COLUMNS = ("id", "status", "started", "ended", "exit_code", "message")


@app.command()
def submit(
    job_file: JobFile,
    address: Address,
    overrides: Overrides = None,
    fresh: Fresh = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Follow the job's log until it ends.")] = True,
) -> None:
    """Submit a job to a Ray cluster and follow its log.

    Exits with the job's own exit code: 0 when all is done, 2 if the job is invalid, 3 if shards failed.
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
    job: Annotated[Optional[str], typer.Argument(metavar="ID", help="Only this job.", show_default=False)] = None,
) -> None:
    """List the jobs submitted to a Ray cluster."""
    from camlode.pipeline.display.tables import print_table
    from camlode.workers import submission

    rows = [asdict(each) for each in submission.status(address, job)]
    if rows:
        print_table(rows, COLUMNS, make_console())
    else:
        info("no camlode job has been submitted there yet")


@app.command()
def stop(job: JobId, address: Address) -> None:
    """Stop a job on a Ray cluster.

    Submit it again to resume it.
    """
    from camlode.workers import submission

    typer.echo(f"{job} is stopping" if submission.stop(address, job) else f"{job} has already ended")


def _follow_log(address: str, job: str) -> int:
    from camlode.workers import submission

    try:
        return submission.follow(address, job, typer.echo)
    except KeyboardInterrupt:
        warn(f"{job} keeps running; to stop it: camlode stop {job}")
        raise typer.Exit(INTERRUPTED) from None
