"""Arguments and options that several commands share, their output formats, and the exit codes."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

CHECK_FAILED = 1
USER_ERROR = 2
ENVIRONMENT_ERROR = 3
INTERRUPTED = 130

EXIT_CODES = {
    0: "success",
    CHECK_FAILED: "a check failed (audit --fail-on, db check), or a confirmation was declined",
    USER_ERROR: "user error, explained in one line",
    ENVIRONMENT_ERROR: "shards failed, or the environment or camlode itself did",
    INTERRUPTED: "interrupted by Ctrl-C; a mining job also by SIGTERM",
}
"""The meaning of each exit code, the same for every command."""

RowFormat = Literal["table", "json", "csv", "jsonl"]
DocumentFormat = Literal["table", "json", "csv", "markdown"]

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Overrides = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="section.key=value", help="Override a setting of the job; may be repeated."),
]
Store = Annotated[
    str,
    typer.Argument(metavar="STORE", help="A SQLite file, or postgresql://USER@HOST/DATABASE.", show_default=False),
]
RunArgument = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.", show_default=False)]
RunOption = Annotated[
    Optional[int], typer.Option("--run", metavar="RUN", help="A run's number; by default the current run.")
]
LabelOption = Annotated[Optional[str], typer.Option("--label", metavar="LABEL", help="Only this label.")]
Fragment = Annotated[
    str,
    typer.Argument(metavar="FRAGMENT", help="The whole text of a fragment; write one that starts with - after --."),
]
RuleSource = Annotated[
    str,
    typer.Argument(
        metavar="RULES",
        help="A rule file, or a store's rule set as STORE#NAME or STORE#NAME@VERSION.",
        show_default=False,
    ),
]
TextColumn = Annotated[str, typer.Option("--text", metavar="COLUMN", help="The column with the texts.")]
Author = Annotated[
    Optional[str],
    typer.Option("--author", metavar="NAME", help="The author; by default your login name.", show_default=False),
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Start a new run; do not resume or reuse an earlier one.")]
RowFormatOption = Annotated[RowFormat, typer.Option("--format", help="The output format.")]
ViewFormatOption = Annotated[Literal["table", "json"], typer.Option("--format", help="The output format.")]

PATTERN_ORDERS = "importance|mean|precision|gold-precision|weighted|log-odds|c-value"


def login_name() -> str:
    """Return the user's login name, or an empty string if the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
