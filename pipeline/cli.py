"""`camlode`: the command line, its commands and exit codes."""

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
    completion,
    db,
    demo,
    doctor,
    explain,
    export,
    faithfulness,
    init,
    mine,
    query,
    report,
    review,
    rules,
    runs,
    serve,
    show,
)
from camlode.pipeline.commands.console import Verbosity, is_verbose, set_verbosity, warn
from camlode.pipeline.commands.help import Group, format_usage_error, install_help
from camlode.pipeline.commands.options import ENVIRONMENT_ERROR, INTERRUPTED

app = typer.Typer(
    name="camlode",
    cls=Group,
    help="Mine the fragments of text behind a trained classifier's predictions.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
# In the order of the help.
for commands in (
    init,
    demo,
    completion,
    doctor,
    mine,
    query,
    show,
    audit,
    compare,
    report,
    runs,
    review,
    export,
    rules,
    db,
    explain,
    faithfulness,
    serve,
    cluster,
):
    app.add_typer(commands.app)
install_help(app)


def main() -> None:
    """Run the command line; an error is printed as one line and ends with its exit code."""
    try:
        code = _run_app()
    finally:
        set_verbosity(Verbosity.NORMAL)
    sys.exit(code)


def _run_app() -> int:
    try:
        return app(prog_name="camlode", standalone_mode=False) or 0
    except SystemExit as exit_error:
        # Click exits with 1 if the reader of a pipe has gone, as `head` does; that is no failure.
        if not isinstance(exit_error.__context__, BrokenPipeError):
            raise
        return 0
    except CamlodeError as error:
        return _report_error(error)
    except TyperException as error:
        return _report_usage_error(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception:
        from camlode.sql.store_url import mask_password

        warn(mask_password(traceback.format_exc().rstrip()))
        warn("camlode: this is a bug in camlode: please report it with the lines above")
        return ENVIRONMENT_ERROR


def _report_error(error: CamlodeError) -> int:
    if is_verbose():
        # Without its cause, which may quote an address with its password.
        warn("".join(traceback.format_exception(error, chain=False)).rstrip())
    warn(f"camlode: {error}")
    return error.exit_code


def _report_usage_error(error: TyperException) -> int:
    # Without a command, a group's help is the message.
    is_help = type(error).__name__ == "NoArgsIsHelpError"
    warn(error.format_message() if is_help else f"camlode: {format_usage_error(error)}")
    return error.exit_code


if __name__ == "__main__":
    main()
