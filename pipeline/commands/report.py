"""The command that writes the report of a run."""

from __future__ import annotations

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import RunNumber, Store, exit_on_broken_pipe, format_from_suffix

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport

app = typer.Typer()


class ReportFormat(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"


_SUFFIX_ALIASES = {"htm": "html", "markdown": "md"}


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
    from camlode.pipeline.report.collect import collect_report
    from camlode.pipeline.report.model import read_faithfulness

    found = collect_report(store, run, before=before, top=top, examples=examples)
    if faithfulness is not None:
        found = replace(found, faithfulness=read_faithfulness(faithfulness))
    resolved_format = output_format or ReportFormat(
        format_from_suffix(output, [*ReportFormat], _SUFFIX_ALIASES) or "html"
    )
    content = _render_report(found, resolved_format)
    if output is not None:
        from camlode.config.atomic_write import write_atomic

        write_atomic(output, content)
        info(f"wrote {output}")
        return
    with exit_on_broken_pipe():
        sys.stdout.write(content)


def _render_report(found: RunReport, output_format: ReportFormat) -> str:
    if output_format is ReportFormat.MD:
        from camlode.pipeline.report.markdown import render_report_markdown

        return render_report_markdown(found)
    from camlode.pipeline.report.html import render_report_html

    return render_report_html(found)
