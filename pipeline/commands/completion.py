"""`camlode completion`: print a shell's completion script."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

app = typer.Typer()


@app.command()
def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"], typer.Argument(help="The shell.", show_default=False)
    ],
) -> None:
    """Print the script that completes commands in a shell.

    camlode --install-completion detects the shell and installs the script into its start-up files.
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    typer.echo(get_completion_script(prog_name="camlode", complete_var="_CAMLODE_COMPLETE", shell=shell))
