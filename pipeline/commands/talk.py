"""What is said on standard error beside a command's results: as usual, less of it, or more."""

from __future__ import annotations

import logging
import sys
from enum import IntEnum

import typer

PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
FORMAT = "%(asctime)s %(name)s: %(message)s"


class Loudness(IntEnum):
    """How much is said: errors only, what a person wants to know, or what is being done as well."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


class _Details(logging.Handler):
    """Writes to what standard error is at the time, which tests and pipes change."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


class _Voice:
    """How loud this process is, one command a process being the rule."""

    loudness = Loudness.USUAL
    details: _Details | None = None


def is_quiet() -> bool:
    """Whether only errors and results are wanted."""
    return _Voice.loudness is Loudness.QUIET


def is_verbose() -> bool:
    """Whether what is being done is wanted, too."""
    return _Voice.loudness is Loudness.VERBOSE


def say(line: str) -> None:
    """Says what is no result: on standard error, unless only errors are wanted."""
    if not is_quiet():
        typer.echo(line, err=True)


def complain(line: str) -> None:
    """Says what has gone wrong, on standard error, always."""
    typer.echo(line, err=True)


def speak(loudness: Loudness) -> None:
    """Sets how much is said from here on; VERBOSE also shows what the packages log, with the time."""
    _Voice.loudness = loudness
    _log(loudness is Loudness.VERBOSE)
    if loudness is Loudness.VERBOSE:
        from sql.address import masked

        logging.getLogger(__name__).debug("camlode %s", " ".join(map(masked, sys.argv[1:])))


def _log(shown: bool) -> None:
    if _Voice.details is not None:
        for package in PACKAGES:
            logging.getLogger(package).removeHandler(_Voice.details)
        _Voice.details = None
    if shown:
        _Voice.details = _Details()
        _Voice.details.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
    for package in PACKAGES:
        logger = logging.getLogger(package)
        logger.setLevel(logging.DEBUG if shown else logging.NOTSET)
        if _Voice.details is not None:
            logger.addHandler(_Voice.details)
