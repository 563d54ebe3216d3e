"""`camlode report`: a run's report as one HTML or Markdown document."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import RunOption, Store
from camlode.pipeline.commands.output import format_from_suffix, write_output

if TYPE_CHECKING:
    from camlode.pipeline.report.contents import RunReport

app = typer.Typer()

_FORMATS = ("html", "md")
_SUFFIX_ALIASES = {"htm": "html", "markdown": "md"}


@app.command()
def report(
    store: Store,
    run: RunOption = None,
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file to write; by default standard output.", show_default=False
        ),
    ] = None,
    output_format: Annotated[
        Optional[Literal["html", "md"]],
        typer.Option("--format", help="The format; by default the output's suffix, or html.", show_default=False),
    ] = None,
    before: Annotated[
        Optional[int],
        typer.Option(
            metavar="RUN", help="The run to compare with; by default the one published before.", show_default=False
        ),
    ] = None,
    top: Annotated[
        Optional[int],
        typer.Option(
            metavar="N", min=1, help="At most N patterns of each label; by default 10, fewer for > 30 labels."
        ),
    ] = None,
    faithfulness: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE.json", help="Include the output of camlode faithfulness --format json.", show_default=False
        ),
    ] = None,
    examples: Annotated[
        int, typer.Option(metavar="N", min=0, help="At most N examples and N counter-examples of each pattern.")
    ] = 1,
) -> None:
    """Write a run's report: a self-contained page, or Markdown.

    It has the patterns of each label with examples, patterns that labels share, the audit, the changes since the run
    before, and the rule sets.
    """
    from camlode.pipeline.report.collect import collect_report, read_faithfulness

    content = collect_report(store, run, before=before, top=top, examples=examples)
    if faithfulness is not None:
        content = replace(content, faithfulness=read_faithfulness(faithfulness))
    chosen_format = output_format or format_from_suffix(output, _FORMATS, _SUFFIX_ALIASES) or "html"
    write_output(_render_report(content, chosen_format), output)
    if output is not None:
        info(f"wrote {output}")


def _render_report(report: RunReport, output_format: str) -> str:
    if output_format == "md":
        from camlode.pipeline.report.markdown import render_report_markdown

        return render_report_markdown(report)
    from camlode.pipeline.report.html import render_report_html

    return render_report_html(report)
