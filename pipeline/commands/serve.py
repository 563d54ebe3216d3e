"""The command that serves a store's pages."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.options import Overrides, Store, login_name

app = typer.Typer()


@app.command()
def serve(
    store: Store,
    job: Annotated[
        Optional[Path], typer.Option(metavar="JOB.yaml", help="A job whose model explains texts as they are typed.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Where to listen; any but this machine's own needs the token for reading, too.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes one that is free.")] = 8000,
    allow_host: Annotated[
        Optional[list[str]],
        typer.Option(metavar="NAME", help="Another name that it is asked for by, such as a proxy's; may be repeated."),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Serves the store's patterns as pages for the browser: to look at, to search, to review, to make rules of.

    Prints an address to sign in with, which reviewing needs. There is a JSON API at /api.
    """
    from camlode.explorer.serving import ListenAddress, serve

    loaded = None
    if job is not None:
        from camlode.config import load_job

        loaded = load_job(job, overrides or ())
    listen_address = ListenAddress(host, port, tuple(allow_host or ()))
    serve(store, listen_address, job=loaded, author=login_name(), echo=lambda line: typer.echo(line, err=True))
