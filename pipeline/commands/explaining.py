"""Commands that explain single texts, and compare the methods of explaining them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from pipeline.commands.options import JobFile, Overrides, console

app = typer.Typer()


class ExplanationFormat(StrEnum):
    """How an explanation is printed."""

    TERMINAL = "terminal"
    JSON = "json"


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
    text: Annotated[str, typer.Argument(help="The text to explain.", show_default=False)],
    label: Annotated[
        Optional[list[str]], typer.Option(help="Explain this label, predicted or not; may be repeated.")
    ] = None,
    output_format: Annotated[ExplanationFormat, typer.Option("--format")] = ExplanationFormat.TERMINAL,
    overrides: Overrides = None,
) -> None:
    """Shows which tokens of one text speak for each label that the model gives it."""
    from config import load_job
    from pipeline.explaining import explain as explain_texts

    explanation = explain_texts(load_job(job_file, overrides or ()), [text], labels=label or ())[0]
    if output_format is ExplanationFormat.JSON:
        typer.echo(explanation.to_json())
        return
    from pipeline.views.explanations import print_explanation

    print_explanation(explanation, console())


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
    from pipeline.views.faithfulness import faithfulness_markdown, print_faithfulness

    job = load_job(job_file, overrides or ())
    with console(stderr=True).status("starting") as status:
        report = measure(
            job, methods=methods, documents=documents, removal=removal.value, spans=spans, step=status.update
        )
    if output_format is ReportFormat.JSON:
        import json

        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    elif output_format is ReportFormat.MARKDOWN:
        typer.echo(faithfulness_markdown(report))
    else:
        print_faithfulness(report, console())
