"""The command that measures how good rules are."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from config.errors import RulesError
from pipeline.commands.options import RuleSource, TextColumn, ViewFormat, console, reader_may_leave
from pipeline.commands.rule_texts import with_labels
from pipeline.commands.talk import say

if TYPE_CHECKING:
    from pipeline.rule_sources import SavedName
    from rules.evaluating.certainty import Certainty
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
    from pipeline.rule_sources import read_rule_set, saved_name
    from rules.classifier import RuleClassifier
    from rules.evaluating.certainty import certainty
    from rules.evaluation import evaluate as evaluated

    saved = saved_name(rules)
    if save and saved is None:
        raise RulesError("--save notes the measures in a store: name the rule set as STORE#NAME, or leave it out")
    found = read_rule_set(rules)
    named = corpus_name or Path(texts).stem
    labelled = with_labels(Corpus(paths=[texts], text=text, label=label, label_separator=separator))
    classifier = RuleClassifier.of(found)
    evaluation = evaluated(classifier, *labelled)
    other = None if baseline is None else RuleClassifier.of(read_rule_set(baseline))
    sure = certainty(classifier, *labelled, baseline=other) if intervals or other else {}
    head = {"rules": rules, "corpus": named, "against": against.value}
    if baseline is not None:
        head["baseline"] = baseline
    with reader_may_leave():
        _print(evaluation, sure, head, output_format, per_rule)
    if plot is not None:
        _draw(found, labelled, f"{named}, {evaluation.documents:,} texts, {against.value} labels", plot)
    if save and saved is not None:
        _save(saved, named, against, evaluation)


def _print(
    evaluation: Evaluation,
    sure: dict[str, Certainty],
    head: dict[str, Any],
    output_format: ViewFormat,
    per_rule: bool,
) -> None:
    from pipeline.views.rules import print_evaluation
    from pipeline.views.tables import as_json

    if output_format is ViewFormat.TABLE:
        print_evaluation(evaluation, sure, head["against"], console(), per_rule=per_rule)
        return
    found = evaluation.to_dict()
    each = found.pop("rules")
    told = {"certainty": {name: asdict(value) for name, value in sure.items()}} if sure else {}
    typer.echo(as_json(head | found | told | ({"per_rule": each} if per_rule else {})))


def _draw(rules: RuleSet, labelled: tuple[list[str], Labels], title: str, path: Path) -> None:
    from rules.evaluating.curve import curves_of, sizes
    from rules.evaluating.plot import Panel, plot_curves

    panel = Panel(title, curves_of(rules, *labelled, sizes(rules)))
    what = "How good the first rules of each label are"
    plot_curves([panel], path, title=what, x_label="rules per label", y_label="share, with 95 % intervals")
    say(f"drew {path}")


def _save(saved: SavedName, corpus: str, against: AgainstName, evaluation: Evaluation) -> None:
    from sql import PatternStore, RuleMeasure, masked

    whose: Against = "gold" if against is AgainstName.GOLD else "model"
    rows = [RuleMeasure(corpus, whose, name, value) for name, value in evaluation.measures().items()]
    PatternStore(saved.store).save_measures(saved.name, saved.version, rows)
    say(f"noted with {saved.name} in {masked(saved.store)}")
