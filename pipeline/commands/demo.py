"""`camlode demo`: the whole pipeline on a generated corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from camlode.pipeline.commands.console import make_console

app = typer.Typer()


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(metavar="FOLDER", help="Where to write everything.")] = Path("demo"),
    documents: Annotated[
        int, typer.Option(metavar="N", min=1000, help="How many documents to generate and mine.")
    ] = 24_000,
) -> None:
    """Generate a corpus, train a model and mine them.

    Takes about two minutes and needs no data. Prints each label's patterns, an explanation, and commands to try next.
    """
    from camlode.pipeline.demo.run import run_demo

    run_demo(folder, documents, make_console(), make_console(stderr=True))
