"""`camlode serve`: the explorer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.options import Overrides, Store, login_name

app = typer.Typer()


@app.command()
def serve(
    store: Store,
    job: Annotated[
        Optional[Path], typer.Option(metavar="JOB.yaml", help="A job whose model explains texts on the pages.")
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="HOST", help="The address to listen on; other than this machine's, reading needs the token."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65_535, help="The port to listen on; 0 takes a free one.")
    ] = 8000,
    allow_host: Annotated[
        Optional[list[str]],
        typer.Option(metavar="NAME", help="Another host name to answer to, such as a proxy's; may be repeated."),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Serve a store as web pages.

    Browse, search and review patterns, build rules, and explain texts.

    Prints the address to sign in with, which reviewing needs. A JSON API is at /api.
    """
    from camlode.explorer.serving import ListenAddress, serve

    loaded = None
    if job is not None:
        from camlode.config import load_job

        loaded = load_job(job, overrides or ())
    listen_address = ListenAddress(host, port, tuple(allow_host or ()))
    serve(store, listen_address, job=loaded, author=login_name(), echo=lambda line: typer.echo(line, err=True))
