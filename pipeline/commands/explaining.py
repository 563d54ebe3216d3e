"""Commands that explain single texts, and compare the methods of explaining them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import Annotated, Optional

import typer

from pipeline.commands.explanation_output import ExplanationFormat, choose_format, write_explanations
from pipeline.commands.options import JobFile, Overrides, make_console

app = typer.Typer()


class ReportFormat(StrEnum):
    """How a comparison of methods is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


class RemovalName(StrEnum):
    """How a token is removed from a text."""

    DELETED = "deleted"
    UNKNOWN = "unknown"
    PADDING = "padding"


@app.command()
def explain(
    job_file: JobFile,
    text: Annotated[
        Optional[str], typer.Argument(help="The text to explain; without, standard input.", show_default=False)
    ] = None,
    file: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="A file of texts, one a line.", show_default=False)
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file or standard input is one text of many lines.")
    ] = False,
    label: Annotated[
        Optional[list[str]], typer.Option(help="Explain this label, predicted or not; may be repeated.")
    ] = None,
    output_format: Annotated[
        Optional[ExplanationFormat],
        typer.Option("--format", help="By default what the output's name ends with, or terminal.", show_default=False),
    ] = None,
    output: Annotated[
        Optional[Path],
        typer.Option("--output", "-o", metavar="FILE", help="Written whole or not at all.", show_default=False),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Shows which tokens of a text, or of each of many, speak for each label that the model gives it.

    JSON has a text a line. A picture holds up to 20 texts.
    """
    from pipeline.commands.texts import read_texts

    resolved_format = choose_format(output_format, output)
    texts = read_texts(text, file, whole=whole)
    from config import load_job
    from pipeline.explaining import explain as explain_texts

    write_explanations(
        explain_texts(load_job(job_file, overrides or ()), texts, labels=label or ()), resolved_format, output
    )


@app.command()
def faithfulness(
    job_file: JobFile,
    methods: Annotated[
        Optional[str], typer.Option(help="Methods with commas between; without: all but the slow ones.")
    ] = None,
    documents: Annotated[int, typer.Option(min=1, help="How many documents to draw from the corpus.")] = 500,
    removal: Annotated[RemovalName, typer.Option(help="How a token is removed.")] = RemovalName.DELETED,
    spans: Annotated[
        Optional[str], typer.Option(metavar="COLUMN", help="The column of the spans that people marked.")
    ] = None,
    output_format: Annotated[ReportFormat, typer.Option("--format")] = ReportFormat.TABLE,
    overrides: Overrides = None,
) -> None:
    """Measures which methods tell what the model used, and recommends one."""
    from config import load_job
    from pipeline.faithfulness.measure import measure
    from pipeline.views.faithfulness import print_faithfulness, render_faithfulness_markdown

    job = load_job(job_file, overrides or ())
    with make_console(stderr=True).status("starting") as status:
        report = measure(
            job, methods=methods, documents=documents, removal=removal.value, spans=spans, on_progress=status.update
        )
    if output_format is ReportFormat.JSON:
        import json

        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    elif output_format is ReportFormat.MARKDOWN:
        typer.echo(render_faithfulness_markdown(report))
    else:
        print_faithfulness(report, make_console())
