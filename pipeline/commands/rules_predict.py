"""`camlode rules predict`: classify texts with a rule set."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from camlode.pipeline.commands.console import exit_on_broken_pipe, info
from camlode.pipeline.commands.options import RuleSource, TextColumn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.pipeline.rule_prediction import RowWriter, ShardPredictions

app = typer.Typer()


@app.command()
def predict(
    rules: RuleSource,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXTS", help="Files, folders, globs or URLs: JSON Lines, Parquet, CSV, TSV, text."),
    ],
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="A .parquet file, or else JSON Lines; by default standard output.",
        ),
    ] = None,
    text: TextColumn = "text",
    id_column: Annotated[
        Optional[str],
        typer.Option("--id", metavar="COLUMN", help="The column with the texts' ids; by default their file and line."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Add the rules that fired, and where.")] = False,
    rejects: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="Where to write rejected records; by default standard error."),
    ] = None,
    ray: Annotated[
        bool, typer.Option("--ray", help="Use Ray: all cores of this machine, or the cluster at RAY_ADDRESS.")
    ] = False,
) -> None:
    """Classify texts with a rule set.

    Prints, in the order of the texts, each one's id, label (or labels) and probability. If no rule fires, the
    probability is null and the label is the rules' fallback or null. Invalid records are rejected, with the reason.
    """
    from camlode.config import Corpus
    from camlode.pipeline.predict_corpus import predict_corpus
    from camlode.pipeline.rule_prediction import open_output, prediction_schema
    from camlode.rules.rule_file import read_rule_set

    rule_set = read_rule_set(rules)
    corpus = Corpus(paths=texts, text=text, id=id_column)
    with ExitStack() as stack:
        stack.enter_context(exit_on_broken_pipe())
        parts = stack.enter_context(predict_corpus(rule_set, corpus, explain=explain, on_ray=ray))
        target = stack.enter_context(open_output(output, prediction_schema(rule_set.task, explain=explain)))
        summary = _write_parts(parts, target, _open_rejects(rejects, stack))
    info(summary)


def _open_rejects(path: Path | None, stack: ExitStack) -> RowWriter:
    from camlode.pipeline.records import REJECTS_SCHEMA
    from camlode.pipeline.rule_prediction import JsonLinesWriter, open_output

    return JsonLinesWriter(sys.stderr) if path is None else stack.enter_context(open_output(path, REJECTS_SCHEMA))


def _write_parts(parts: Iterable[ShardPredictions], predictions: RowWriter, rejects: RowWriter) -> str:
    """Write all parts; return a line that accounts for every record."""
    classified = uncovered = rejected = 0
    for part in parts:
        predictions.write(part.predictions)
        rejects.write(part.rejects)
        classified += part.predictions.num_rows
        uncovered += part.uncovered
        rejected += part.rejects.num_rows
    return (
        f"read {classified + rejected:,} records: {classified:,} classified, in {uncovered:,} of them no rule fired; "
        f"{rejected:,} rejected"
    )
