"""What is said on standard error beside a command's results: as usual, less of it, or more."""

from __future__ import annotations

import logging
import sys
from enum import IntEnum

import typer

LOGGED_PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
LOG_FORMAT = "%(asctime)s %(name)s: %(message)s"


class Verbosity(IntEnum):
    """How much is said: errors only, what a person wants to know, or what is being done as well."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class _StderrHandler(logging.Handler):
    """Writes to what standard error is at the time, which tests and pipes change."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


class _ConsoleState:
    """How loud this process is, one command a process being the rule."""

    verbosity = Verbosity.NORMAL
    handler: _StderrHandler | None = None


def is_quiet() -> bool:
    """Whether only errors and results are wanted."""
    return _ConsoleState.verbosity is Verbosity.QUIET


def is_verbose() -> bool:
    """Whether what is being done is wanted, too."""
    return _ConsoleState.verbosity is Verbosity.VERBOSE


def info(line: str) -> None:
    """Says what is no result: on standard error, unless only errors are wanted."""
    if not is_quiet():
        typer.echo(line, err=True)


def warn(line: str) -> None:
    """Says what has gone wrong, on standard error, always."""
    typer.echo(line, err=True)


def set_verbosity(verbosity: Verbosity) -> None:
    """Sets how much is said from here on; VERBOSE also shows what the packages log, with the time."""
    _ConsoleState.verbosity = verbosity
    _configure_logging(verbosity is Verbosity.VERBOSE)
    if verbosity is Verbosity.VERBOSE:
        from camlode.sql.address import mask_password

        logging.getLogger(__name__).debug("camlode %s", " ".join(map(mask_password, sys.argv[1:])))


def _configure_logging(enabled: bool) -> None:
    if _ConsoleState.handler is not None:
        for package in LOGGED_PACKAGES:
            logging.getLogger(package).removeHandler(_ConsoleState.handler)
        _ConsoleState.handler = None
    if enabled:
        _ConsoleState.handler = _StderrHandler()
        _ConsoleState.handler.setFormatter(logging.Formatter(LOG_FORMAT, "%H:%M:%S"))
    for package in LOGGED_PACKAGES:
        logger = logging.getLogger(package)
        logger.setLevel(logging.DEBUG if enabled else logging.NOTSET)
        if _ConsoleState.handler is not None:
            logger.addHandler(_ConsoleState.handler)
