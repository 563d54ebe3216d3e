"""The console: results on standard output, messages on standard error, and how verbose they are."""

from __future__ import annotations

import logging
import os
import sys
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

LOGGER_NAME = "camlode"
LOG_FORMAT = "%(asctime)s %(name)s: %(message)s"


class Verbosity(IntEnum):
    """Which messages are printed: errors only, messages for the user, or log records as well."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class _ConsoleState:
    """Process-wide verbosity (one command runs per process)."""

    verbosity = Verbosity.NORMAL
    handler: logging.Handler | None = None


def is_quiet() -> bool:
    """Whether only errors and results are printed."""
    return _ConsoleState.verbosity is Verbosity.QUIET


def is_verbose() -> bool:
    """Whether log records are printed."""
    return _ConsoleState.verbosity is Verbosity.VERBOSE


def info(line: str) -> None:
    """Print a message that is not a result on standard error, unless --quiet is set."""
    if not is_quiet():
        typer.echo(line, err=True)


def warn(line: str) -> None:
    """Print an error or a warning on standard error."""
    typer.echo(line, err=True)


def set_verbosity(verbosity: Verbosity) -> None:
    """Set what is printed from now on; VERBOSE prints camlode's log records with the time."""
    _ConsoleState.verbosity = verbosity
    logger = logging.getLogger(LOGGER_NAME)
    if _ConsoleState.handler is not None:
        logger.removeHandler(_ConsoleState.handler)
        _ConsoleState.handler = None
    if verbosity is not Verbosity.VERBOSE:
        logger.setLevel(logging.NOTSET)
        return
    _ConsoleState.handler = _StderrHandler()
    _ConsoleState.handler.setFormatter(logging.Formatter(LOG_FORMAT, "%H:%M:%S"))
    logger.addHandler(_ConsoleState.handler)
    logger.setLevel(logging.DEBUG)
    from camlode.sql.store_url import mask_password

    logging.getLogger(__name__).debug("camlode %s", " ".join(map(mask_password, sys.argv[1:])))


def make_console(*, stderr: bool = False) -> Console:
    """Make a Rich console; a pipe has no line width, and --quiet mutes the one on standard error."""
    from camlode.pipeline.display.tables import Terminal

    terminal = Terminal(stderr=stderr)
    terminal.quiet = stderr and is_quiet()
    return terminal


@contextmanager
def exit_on_broken_pipe() -> Iterator[None]:
    """End the command with exit code 0 when the reader of a pipe has gone, as `head` does."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes standard output once more at exit, which would fail again and print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


class _StderrHandler(logging.Handler):
    """Writes to the current sys.stderr, which tests and pipes replace; StreamHandler keeps the first one."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)
