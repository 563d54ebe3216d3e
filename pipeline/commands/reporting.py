"""The command that writes the report of a run."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pipeline.commands.endings import format_of
from pipeline.commands.options import RunNumber, Store, reader_may_leave
from pipeline.commands.talk import say

if TYPE_CHECKING:
    from pipeline.reporting.facts import RunReport

app = typer.Typer()


class ReportFormat(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"


_ENDINGS = {"htm": "html", "markdown": "md"}


@app.command()
def report(
    store: Store,
    run: RunNumber = None,
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", help="Written whole or not at all; printed without.", show_default=False
        ),
    ] = None,
    output_format: Annotated[
        Optional[ReportFormat],
        typer.Option("--format", help="By default what the output's name ends with, or html.", show_default=False),
    ] = None,
    before: Annotated[
        Optional[int],
        typer.Option(help="The run to compare with; the last published before it by default.", show_default=False),
    ] = None,
    top: Annotated[
        Optional[int],
        typer.Option(min=1, help="The first so many patterns of each label; 10, or fewer of more than 30 labels."),
    ] = None,
    faithfulness: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE.json",
            help="What camlode faithfulness --format json printed.",
            show_default=False,
        ),
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="So many examples and counter-examples of each.")] = 1,
) -> None:
    """Writes what a run found on one page that stands alone: to send round, to print, or for a pull request.

    Its patterns by label with examples, what labels share, the audit, what changed since the run before, rule sets.
    """
    from pipeline.reporting.faithfulness import read_faithfulness
    from pipeline.reporting.gathering import gather

    found = gather(store, run, before=before, top=top, examples=examples)
    if faithfulness is not None:
        found = replace(found, faithfulness=read_faithfulness(faithfulness))
    chosen = output_format or ReportFormat(format_of(output, [*ReportFormat], _ENDINGS) or "html")
    content = _written(found, chosen)
    if output is not None:
        from pipeline.file_output import write_whole

        write_whole(output, content)
        say(f"wrote {output}")
        return
    with reader_may_leave():
        sys.stdout.write(content)


def _written(found: RunReport, output_format: ReportFormat) -> str:
    if output_format is ReportFormat.MD:
        from pipeline.views.report_markdown import report_markdown

        return report_markdown(found)
    from pipeline.views.report_html import report_html

    return report_html(found)
