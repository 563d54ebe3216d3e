"""The command that measures how good rules are."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from config.errors import RulesError
from pipeline.commands.options import RuleSource, TextColumn, ViewFormat, exit_on_broken_pipe, make_console
from pipeline.commands.rule_texts import read_labelled_texts
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from pipeline.rule_sources import SavedName
    from rules.evaluating.certainty import MeasureIntervals
    from rules.evaluation import Evaluation, Labels
    from rules.rule_set import RuleSet
    from sql.records import Against

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
    from config import Corpus
    from pipeline.rule_sources import parse_saved_name, read_rule_set
    from rules.classifier import RuleClassifier
    from rules.evaluating.certainty import confidence_intervals
    from rules.evaluation import evaluate as evaluated

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
    from pipeline.views.rules import print_evaluation
    from pipeline.views.tables import dump_json

    if output_format is ViewFormat.TABLE:
        print_evaluation(evaluation, confidence, header["against"], make_console(), per_rule=per_rule)
        return
    found = evaluation.to_dict()
    each = found.pop("rules")
    intervals_part = {"certainty": {name: asdict(value) for name, value in confidence.items()}} if confidence else {}
    typer.echo(dump_json(header | found | intervals_part | ({"per_rule": each} if per_rule else {})))


def _plot_curves(rules: RuleSet, labelled: tuple[list[str], Labels], title: str, path: Path) -> None:
    from rules.evaluating.curve import compute_curves, curve_sizes
    from rules.evaluating.plot import Panel, plot_curves

    panel = Panel(title, compute_curves(rules, *labelled, curve_sizes(rules)))
    what = "How good the first rules of each label are"
    plot_curves([panel], path, title=what, x_label="rules per label", y_label="share, with 95 % intervals")
    info(f"drew {path}")


def _save_measures(stored_name: SavedName, corpus: str, against: AgainstName, evaluation: Evaluation) -> None:
    from sql import PatternStore, RuleMeasure, mask_password

    label_source: Against = "gold" if against is AgainstName.GOLD else "model"
    rows = [RuleMeasure(corpus, label_source, name, value) for name, value in evaluation.measures().items()]
    PatternStore(stored_name.store).save_measures(stored_name.name, stored_name.version, rows)
    info(f"noted with {stored_name.name} in {mask_password(stored_name.store)}")
