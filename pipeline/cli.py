"""The command line: its commands, and how each of them ends."""

from __future__ import annotations

import sys
import traceback

import typer
from typer.exceptions import TyperException

from camlode.config.errors import CamlodeError
from camlode.pipeline.commands import (
    audit,
    cluster,
    compare,
    db,
    doctor,
    explain,
    faithfulness,
    init,
    mine,
    query,
    report,
    rules,
    runs,
    serve,
)
from camlode.pipeline.commands.console import Verbosity, is_verbose, set_verbosity, warn
from camlode.pipeline.commands.help import format_epilog, format_usage_error, global_options, install_help
from camlode.pipeline.commands.options import ENVIRONMENT_ERROR, INTERRUPTED

app = typer.Typer(
    name="camlode",
    help="Mines the fragments of text that make a trained classifier say each class.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for commands in (
    init,
    doctor,
    mine,
    query,
    audit,
    compare,
    report,
    runs,
    rules,
    db,
    explain,
    faithfulness,
    serve,
    cluster,
):
    app.add_typer(commands.app)


app.callback(epilog=format_epilog())(global_options)
install_help(app)


def main() -> None:
    """Runs the command line; a mistake of the user's ends in one line and its exit code."""
    try:
        code = _run_app()
    finally:
        set_verbosity(Verbosity.NORMAL)
    sys.exit(code)


def _run_app() -> int:
    """The exit code of the command that was typed."""
    try:
        return app(prog_name="camlode", standalone_mode=False) or 0
    except SystemExit as end:
        # The reader of a pipe went away, as `head` does, which is no failure.
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        return 0
    except CamlodeError as error:
        return _report_error(error)
    except TyperException as error:
        return _report_usage_error(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception:
        from camlode.sql.address import mask_password

        warn(mask_password(traceback.format_exc().rstrip()))
        warn("camlode: this is an error in camlode itself, and not yours: please report it with the lines above")
        return ENVIRONMENT_ERROR


def _report_error(error: CamlodeError) -> int:
    if is_verbose():
        # What it was raised from may quote an address with its password.
        warn("".join(traceback.format_exception(error, chain=False)).rstrip())
    warn(f"camlode: {error}")
    return error.exit_code


def _report_usage_error(error: TyperException) -> int:
    """Tells what was mistyped; a group without a command shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        warn(error.format_message())
    else:
        warn(f"camlode: {format_usage_error(error)}")
    return error.exit_code


if __name__ == "__main__":
    main()
