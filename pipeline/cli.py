"""The command line: its commands, and how each of them ends."""

from __future__ import annotations

import sys

import typer

from config.errors import CamlodeError
from pipeline.commands import (
    asking,
    auditing,
    cluster,
    comparing,
    database,
    explaining,
    keeping,
    mining,
    reviewing,
    starting,
)

app = typer.Typer(
    name="camlode",
    help="Mines the fragments of text that make a trained classifier say each class.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (starting, mining, asking, auditing, comparing, reviewing, keeping, database, explaining, cluster):
    app.add_typer(commands.app)


def main() -> None:
    """Runs the command line; a mistake of the user's ends in one line and its exit code."""
    try:
        app()
    except CamlodeError as error:
        typer.echo(f"camlode: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
