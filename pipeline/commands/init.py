"""Commands to start with."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import make_console

app = typer.Typer()


class Shell(StrEnum):
    """A shell that can be taught to complete commands."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("job.yaml"),
) -> None:
    """Writes a commented job file to start from."""
    from camlode.config.reference import render_starter_job

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(render_starter_job())
    except FileExistsError:
        raise CamlodeError(f"{path} exists already; give another name") from None
    except OSError as error:
        raise CamlodeError(f"{path} cannot be written: {error.strerror}") from error
    info(f"wrote {path}; fill in corpus, model and tokenizer, then: camlode mine {path}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where everything is made.")] = Path("demo"),
    documents: Annotated[int, typer.Option(min=1000, help="How many questions to make and mine.")] = 24_000,
) -> None:
    """Makes a corpus and a model, mines them, and shows what was found: two minutes, nothing needed."""
    from camlode.pipeline.demo.run import run_demo

    run_demo(folder, documents, make_console(), make_console(stderr=True))


@app.command()
def completion(
    shell: Annotated[Shell, typer.Argument(help="For which shell.", show_default=False)],
) -> None:
    """Prints the script that has a shell complete commands and options.

    camlode --install-completion finds out which shell this is, and adds it to the files that the shell reads.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    typer.echo(get_completion_script(prog_name="camlode", complete_var="_CAMLODE_COMPLETE", shell=shell.value))
