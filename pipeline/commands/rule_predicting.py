"""The command that classifies texts by rules."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003 (Typer reads it)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pipeline.commands.options import RuleSource, TextColumn, exit_on_broken_pipe
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.rule_output import RowWriter
    from pipeline.stages.classify import ShardPredictions

app = typer.Typer()


@app.command()
def predict(
    rules: RuleSource,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXTS...", help="Files, folders, globs or URLs: JSON Lines, Parquet, CSV, TSV, text."),
    ],
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output", "-o", metavar="FILE", help="Parquet where it ends so, else JSON Lines; printed without it."
        ),
    ] = None,
    text: TextColumn = "text",
    id_column: Annotated[
        Optional[str],
        typer.Option("--id", metavar="COLUMN", help="The column that names each text; else its file and line do."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Tell the rules that fired, and where.")] = False,
    rejects: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE", help="Where to write the records that are no texts; else standard error."),
    ] = None,
    ray: Annotated[bool, typer.Option("--ray", help="On Ray: on all cores, or the cluster of RAY_ADDRESS.")] = False,
) -> None:
    """Classifies texts by rules: an answer for each, in their order.

    An answer is the text's id, its label (or labels) and the probability. Where no rule fires that is null, and the
    label is the rules' fallback or null too. A record whose text is none is not answered but rejected, with the reason.
    """
    from config import Corpus
    from pipeline.rule_output import open_output
    from pipeline.rule_predicting import predict_corpus
    from pipeline.rule_sources import read_rule_set
    from pipeline.stages.classify import prediction_schema

    found = read_rule_set(rules)
    corpus = Corpus(paths=texts, text=text, id=id_column)
    with ExitStack() as stack:
        stack.enter_context(exit_on_broken_pipe())
        parts = stack.enter_context(predict_corpus(found, corpus, explain=explain, on_ray=ray))
        target = stack.enter_context(open_output(output, prediction_schema(found.task, explain=explain)))
        line = _write_parts(parts, target, _open_rejects(rejects, stack))
    info(line)


def _open_rejects(path: Path | None, stack: ExitStack) -> RowWriter:
    from pipeline.records import REJECTS_SCHEMA
    from pipeline.rule_output import JsonLinesWriter, open_output

    return JsonLinesWriter(sys.stderr) if path is None else stack.enter_context(open_output(path, REJECTS_SCHEMA))


def _write_parts(parts: Iterable[ShardPredictions], predictions: RowWriter, rejects: RowWriter) -> str:
    """Writes all parts; gives the line that accounts for every record."""
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
