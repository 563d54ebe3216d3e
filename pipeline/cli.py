"""The command line: what each command takes, and whom it calls."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from config.errors import CamlodeError

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="camlode",
    help="Mines the fragments of text that make a trained classifier say each class.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

JobFile = Annotated[Path, typer.Argument(metavar="JOB.yaml", help="The job file.", show_default=False)]
Store = Annotated[str, typer.Argument(metavar="STORE", help="A SQLite file or a SQLAlchemy URL.", show_default=False)]
Overrides = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="section.key=value", help="Overrides one setting of the job; may be repeated."),
]
RunNumber = Annotated[Optional[int], typer.Option("--run", help="A run's number, instead of the current run.")]

PATTERN_COLUMNS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
RUN_COLUMNS = (
    "run",
    "status",
    "current",
    "method",
    "started",
    "ended",
    "documents_read",
    "documents_explained",
    "documents_rejected",
    "failed_shards",
)


class TableFormat(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


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
def mine(job_file: JobFile, overrides: Overrides = None) -> None:
    """Mines a corpus and publishes the patterns in the job's store.

    Ends with 0 when all is done, 2 on a mistake in the job, 3 where shards failed.
    """
    from config import load_job

    job = load_job(job_file, overrides or ())
    from pipeline.mining import mine as run_job
    from pipeline.views.progress import MineProgress
    from pipeline.views.reports import report_lines

    with MineProgress(_console(stderr=True)) as progress:
        report = run_job(job, progress=progress)
    for line in report_lines(report):
        typer.echo(line)
    if report.failures:
        raise typer.Exit(3)


@app.command()
def query(
    store: Store,
    label: Annotated[Optional[str], typer.Option(help="Patterns of this label only.")] = None,
    top: Annotated[int, typer.Option(help="The first so many patterns of each label.")] = 20,
    contains: Annotated[Optional[str], typer.Option(help="Only fragments that contain this text.")] = None,
    run: RunNumber = None,
    output_format: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TABLE,
) -> None:
    """Prints the patterns of a run, best first."""
    from sql import PatternStore

    rows = PatternStore(store).rows("patterns", label=label, top=top, contains=contains, run=run)
    _print_rows(rows, PATTERN_COLUMNS, output_format, empty="no pattern answers this question")


@app.command()
def runs(store: Store, output_format: Annotated[TableFormat, typer.Option("--format")] = TableFormat.TABLE) -> None:
    """Lists the runs of a store."""
    from sql import PatternStore

    _print_rows(PatternStore(store).rows("runs"), RUN_COLUMNS, output_format, empty="the store has no run yet")


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

    print_explanation(explanation, _console())


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
    with _console(stderr=True).status("starting") as status:
        report = measure(
            job, methods=methods, documents=documents, removal=removal.value, spans=spans, step=status.update
        )
    if output_format is ReportFormat.JSON:
        import json

        typer.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    elif output_format is ReportFormat.MARKDOWN:
        typer.echo(faithfulness_markdown(report))
    else:
        print_faithfulness(report, _console())


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("job.yaml"),
) -> None:
    """Writes a commented job file to start from."""
    from config.reference import starter

    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter())
    except FileExistsError:
        raise CamlodeError(f"{path} exists already; give another name") from None
    except OSError as error:
        raise CamlodeError(f"{path} cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {path}; fill in corpus, model and tokenizer, then: camlode mine {path}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Option(help="Where everything is made.")] = Path("demo"),
    documents: Annotated[int, typer.Option(min=1000, help="How many questions to make and mine.")] = 24_000,
) -> None:
    """Makes a corpus and a model, mines them, and shows what was found: two minutes, nothing needed."""
    from pipeline.demo.run import run_demo

    run_demo(folder, documents, _console())


def _print_rows(
    rows: list[dict[str, object]], columns: tuple[str, ...], output_format: TableFormat, *, empty: str
) -> None:
    from pipeline.views import tables

    if output_format is TableFormat.JSON:
        tables.print_json(rows)
    elif output_format is TableFormat.CSV:
        tables.print_csv(rows, columns)
    elif rows:
        tables.print_table(rows, columns, _console())
    else:
        typer.echo(empty, err=True)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console as RichConsole

    return RichConsole(stderr=stderr, highlight=False)


def main() -> None:
    """Runs the command line; a mistake of the user's ends in one line and its exit code."""
    try:
        app()
    except CamlodeError as error:
        typer.echo(f"camlode: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
