"""The command line: its commands, and how each of them ends."""

from __future__ import annotations

import sys
import traceback

import typer
from typer.exceptions import TyperException

from config.errors import CamlodeError
from pipeline.commands import (
    asking,
    auditing,
    cluster,
    comparing,
    database,
    examining,
    explaining,
    exporting,
    keeping,
    mining,
    reporting,
    reviewing,
    rules,
    serving,
    starting,
)
from pipeline.commands.exit_codes import INTERRUPTED, MACHINE
from pipeline.commands.manners import end_of_help, globals_of_all, teach
from pipeline.commands.talk import Loudness, complain, is_verbose, speak
from pipeline.commands.usage import one_line

app = typer.Typer(
    name="camlode",
    help="Mines the fragments of text that make a trained classifier say each class.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (
    starting,
    examining,
    mining,
    asking,
    auditing,
    comparing,
    reporting,
    reviewing,
    exporting,
    rules,
    keeping,
    database,
    explaining,
    serving,
    cluster,
):
    app.add_typer(commands.app)


app.callback(epilog=end_of_help())(globals_of_all)
teach(app)


def main() -> None:
    """Runs the command line; a mistake of the user's ends in one line and its exit code."""
    try:
        code = _ended()
    finally:
        speak(Loudness.USUAL)
    sys.exit(code)


def _ended() -> int:
    """The exit code of the command that was typed."""
    try:
        return app(prog_name="camlode", standalone_mode=False) or 0
    except SystemExit as end:
        # The reader of a pipe went away, as `head` does, which is no failure.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        return 0
    except CamlodeError as error:
        return _told(error)
    except TyperException as error:
        return _misused(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception:
        from sql.address import masked

        complain(masked(traceback.format_exc().rstrip()))
        complain("camlode: this is an error in camlode itself, and not yours: please report it with the lines above")
        return MACHINE


def _told(error: CamlodeError) -> int:
    if is_verbose():
        # What it was raised from may quote an address with its password.
        complain("".join(traceback.format_exception(error, chain=False)).rstrip())
    complain(f"camlode: {error}")
    return error.exit_code


def _misused(error: TyperException) -> int:
    """Tells what was mistyped; a group without a command shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        complain(error.format_message())
    else:
        complain(f"camlode: {one_line(error)}")
    return error.exit_code


if __name__ == "__main__":
    main()
