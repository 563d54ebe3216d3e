"""The command that measures how good rules are."""
# MERGED: The command that classifies texts by rules.

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from camlode.config.errors import RulesError
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.options import RuleSource, TextColumn, ViewFormat, exit_on_broken_pipe, make_console
from camlode.pipeline.commands.rule_texts import read_labelled_texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.pipeline.rule_prediction import RowWriter, ShardPredictions
    from camlode.rules.evaluation.evaluate import Evaluation, Labels
    from camlode.rules.evaluation.intervals import MeasureIntervals
    from camlode.rules.rule_file import SavedName
    from camlode.rules.rule_set import RuleSet
    from camlode.sql.records import Against

app = typer.Typer()


class AgainstName(StrEnum):
    """Whose labels rules are measured against."""

    GOLD = "gold"
    MODEL = "model"


@app.command()
def evaluate(
    rules: RuleSource,
    texts: Annotated[
        str,
        typer.Argument(metavar="TEXTS", help="A file with texts and labels: JSON Lines, Parquet, CSV or TSV."),
    ],
    text: TextColumn = "text",
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column with the label or labels.")] = "label",
    separator: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="What separates several labels in one string, such as |.")
    ] = None,
    against: Annotated[
        AgainstName, typer.Option(help="Whose labels these are: people's, or what the model said of the texts.")
    ] = AgainstName.GOLD,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Tell between what a measure lies, with 95 % certainty (bootstrap).")
    ] = False,
    baseline: Annotated[
        Optional[str],
        typer.Option(
            metavar="RULES", help="Other rules: by how much these are better on the same texts, with 95 % intervals."
        ),
    ] = None,
    per_rule: Annotated[bool, typer.Option("--per-rule", help="Show each rule by itself too.")] = False,
    plot: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE.png", help="Draw how good the first K rules of each label are, for growing K."),
    ] = None,
    corpus_name: Annotated[
        Optional[str], typer.Option("--corpus", help="What the store calls the texts; their file's name by default.")
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Note it with the rule set, which must be one of a store.")
    ] = False,
    output_format: Annotated[ViewFormat, typer.Option("--format", help="How it is printed.")] = ViewFormat.TABLE,
) -> None:
    """Measures how good a rule set is on texts with labels.

    As a whole: accuracy (against the model, fidelity), F1, coverage. Rule by rule: the columns of labelling-function
    analysis. Records whose text is none are left out, and counted.
    """
    from camlode.config import Corpus
    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.evaluation.evaluate import evaluate as evaluated
    from camlode.rules.evaluation.intervals import confidence_intervals
    from camlode.rules.rule_file import parse_saved_name, read_rule_set

    stored_name = parse_saved_name(rules)
    if save and stored_name is None:
        raise RulesError("--save notes the measures in a store: name the rule set as STORE#NAME, or leave it out")
    found = read_rule_set(rules)
    title_name = corpus_name or Path(texts).stem
    labelled = read_labelled_texts(Corpus(paths=[texts], text=text, label=label, label_separator=separator))
    classifier = RuleClassifier.from_rule_set(found)
    evaluation = evaluated(classifier, *labelled)
    other = None if baseline is None else RuleClassifier.from_rule_set(read_rule_set(baseline))
    confidence = confidence_intervals(classifier, *labelled, baseline=other) if intervals or other else {}
    header = {"rules": rules, "corpus": title_name, "against": against.value}
    if baseline is not None:
        header["baseline"] = baseline
    with exit_on_broken_pipe():
        _print_result(evaluation, confidence, header, output_format, per_rule)
    if plot is not None:
        _plot_curves(found, labelled, f"{title_name}, {evaluation.documents:,} texts, {against.value} labels", plot)
    if save and stored_name is not None:
        _save_measures(stored_name, title_name, against, evaluation)


def _print_result(
    evaluation: Evaluation,
    confidence: dict[str, MeasureIntervals],
    header: dict[str, Any],
    output_format: ViewFormat,
    per_rule: bool,
) -> None:
    from camlode.pipeline.display.tables import dump_json
    from camlode.rules.evaluation.view import print_evaluation

    if output_format is ViewFormat.TABLE:
        print_evaluation(evaluation, confidence, header["against"], make_console(), per_rule=per_rule)
        return
    found = evaluation.to_dict()
    each = found.pop("rules")
    intervals_part = {"certainty": {name: asdict(value) for name, value in confidence.items()}} if confidence else {}
    typer.echo(dump_json(header | found | intervals_part | ({"per_rule": each} if per_rule else {})))


def _plot_curves(rules: RuleSet, labelled: tuple[list[str], Labels], title: str, path: Path) -> None:
    from camlode.rules.evaluation.intervals import compute_curves, curve_sizes
    from camlode.rules.evaluation.plot import Panel, plot_curves

    panel = Panel(title, compute_curves(rules, *labelled, curve_sizes(rules)))
    what = "How good the first rules of each label are"
    plot_curves([panel], path, title=what, x_label="rules per label", y_label="share, with 95 % intervals")
    info(f"drew {path}")


def _save_measures(stored_name: SavedName, corpus: str, against: AgainstName, evaluation: Evaluation) -> None:
    from camlode.sql import PatternStore, RuleMeasure, mask_password

    label_source: Against = "gold" if against is AgainstName.GOLD else "model"
    rows = [RuleMeasure(corpus, label_source, name, value) for name, value in evaluation.measures().items()]
    PatternStore(stored_name.store).save_measures(stored_name.name, stored_name.version, rows)
    info(f"noted with {stored_name.name} in {mask_password(stored_name.store)}")


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
    from camlode.config import Corpus
    from camlode.pipeline.predict_corpus import predict_corpus
    from camlode.pipeline.rule_prediction import open_output, prediction_schema
    from camlode.rules.rule_file import read_rule_set

    found = read_rule_set(rules)
    corpus = Corpus(paths=texts, text=text, id=id_column)
    with ExitStack() as stack:
        stack.enter_context(exit_on_broken_pipe())
        parts = stack.enter_context(predict_corpus(found, corpus, explain=explain, on_ray=ray))
        target = stack.enter_context(open_output(output, prediction_schema(found.task, explain=explain)))
        line = _write_parts(parts, target, _open_rejects(rejects, stack))
    info(line)


def _open_rejects(path: Path | None, stack: ExitStack) -> RowWriter:
    from camlode.pipeline.records import REJECTS_SCHEMA
    from camlode.pipeline.rule_prediction import JsonLinesWriter, open_output

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
