"""The command that classifies texts by rules."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003 (Typer reads it)
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from pipeline.commands.options import RuleSource, TextColumn, reader_may_leave
from pipeline.commands.talk import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.rule_output import Output
    from pipeline.stages.classify import ClassifiedShard

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
    from pipeline.rule_output import opened_output
    from pipeline.rule_predicting import classified
    from pipeline.rule_sources import read_rule_set
    from pipeline.stages.classify import answer_schema

    found = read_rule_set(rules)
    corpus = Corpus(paths=texts, text=text, id=id_column)
    with ExitStack() as stack:
        stack.enter_context(reader_may_leave())
        parts = stack.enter_context(classified(found, corpus, explain=explain, on_ray=ray))
        target = stack.enter_context(opened_output(output, answer_schema(found.task, explain=explain)))
        line = _written(parts, target, _rejects_to(rejects, stack))
    say(line)


def _rejects_to(path: Path | None, stack: ExitStack) -> Output:
    from pipeline.records import REJECTS
    from pipeline.rule_output import JsonLines, opened_output

    return JsonLines(sys.stderr) if path is None else stack.enter_context(opened_output(path, REJECTS))


def _written(parts: Iterable[ClassifiedShard], answers: Output, rejects: Output) -> str:
    """Writes all parts; gives the line that accounts for every record."""
    classified = uncovered = rejected = 0
    for part in parts:
        answers.write(part.answers)
        rejects.write(part.rejects)
        classified += part.answers.num_rows
        uncovered += part.uncovered
        rejected += part.rejects.num_rows
    return (
        f"read {classified + rejected:,} records: {classified:,} classified, in {uncovered:,} of them no rule fired; "
        f"{rejected:,} rejected"
    )
