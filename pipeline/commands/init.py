"""`camlode init`: write a job file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info

app = typer.Typer()


@app.command()
def init(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")] = Path("job.yaml"),
) -> None:
    """Write a commented job file to start from."""
    from camlode.config.reference import render_starter_job

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(render_starter_job())
    except FileExistsError:
        raise CamlodeError(f"{path} exists already; give another name") from None
    except OSError as error:
        raise CamlodeError(f"{path} cannot be written: {error.strerror}") from error
    info(f"wrote {path}; fill in corpus, model and tokenizer, then run: camlode mine {path}")
