"""`camlode faithfulness`: compare attribution methods on a sample of the corpus."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from camlode.pipeline.commands.console import make_console
from camlode.pipeline.commands.options import JobFile, Overrides

app = typer.Typer()


@app.command()
def faithfulness(
    job_file: JobFile,
    methods: Annotated[
        Optional[str],
        typer.Option(metavar="METHOD[,METHOD]", help="The methods to compare; by default all but the slow ones."),
    ] = None,
    documents: Annotated[int, typer.Option(metavar="N", min=1, help="The number of documents to sample.")] = 500,
    removal: Annotated[
        Literal["deleted", "unknown", "padding"], typer.Option(help="How tokens are removed from a text.")
    ] = "deleted",
    spans: Annotated[
        Optional[str], typer.Option(metavar="COLUMN", help="A column of spans that people marked as evidence.")
    ] = None,
    output_format: Annotated[
        Literal["table", "json", "markdown"], typer.Option("--format", help="The output format.")
    ] = "table",
    overrides: Overrides = None,
) -> None:
    """Measure how faithful attribution methods are to the model.

    Compares them on a sample of the corpus and recommends one.
    """
    from camlode.config import load_job
    from camlode.pipeline.faithfulness.measure import faithfulness as measure_faithfulness
    from camlode.pipeline.faithfulness.view import print_faithfulness, render_faithfulness_markdown

    job = load_job(job_file, overrides or ())
    with make_console(stderr=True).status("starting") as status:
        report = measure_faithfulness(
            job, methods=methods, documents=documents, removal=removal, spans=spans, on_progress=status.update
        )
    if output_format == "json":
        import json

        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    elif output_format == "markdown":
        typer.echo(render_faithfulness_markdown(report))
    else:
        print_faithfulness(report, make_console())
