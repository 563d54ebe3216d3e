"""`camlode faithfulness`: compare attribution methods on a sample of the corpus."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer

from camlode.pipeline.commands.options import JobFile, Overrides, make_console

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
    from camlode.config import load_job
    from camlode.pipeline.faithfulness.measure import measure
    from camlode.pipeline.faithfulness.view import print_faithfulness, render_faithfulness_markdown

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
