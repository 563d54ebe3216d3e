"""`camlode rules evaluate`: measure a rule set on labelled texts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer

from camlode.config.errors import RulesError
from camlode.pipeline.commands.console import exit_on_broken_pipe, info, make_console
from camlode.pipeline.commands.labelled_texts import read_labelled_texts
from camlode.pipeline.commands.options import RuleSource, TextColumn, ViewFormatOption

if TYPE_CHECKING:
    from camlode.rules.evaluation.evaluate import Evaluation, Labels
    from camlode.rules.evaluation.intervals import MeasureIntervals
    from camlode.rules.rule_file import SavedName
    from camlode.rules.rule_set import RuleSet
    from camlode.sql.records import Against

app = typer.Typer()


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
        Literal["gold", "model"], typer.Option(help="What the labels are: gold labels, or a model's predictions.")
    ] = "gold",
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Add 95 % bootstrap confidence intervals of the measures.")
    ] = False,
    baseline: Annotated[
        Optional[str],
        typer.Option(metavar="RULES", help="Compare with these rules on the same texts, with 95 % intervals."),
    ] = None,
    per_rule: Annotated[bool, typer.Option("--per-rule", help="Also show the measures of each rule.")] = False,
    plot: Annotated[
        Optional[Path],
        typer.Option(metavar="FILE.png", help="Plot the measures of the first K rules of each label, for growing K."),
    ] = None,
    corpus_name: Annotated[
        Optional[str],
        typer.Option("--corpus", metavar="NAME", help="The texts' name in the store; by default the file's name."),
    ] = None,
    save: Annotated[
        bool, typer.Option("--save", help="Save the measures with the rule set, which must be a store's.")
    ] = False,
    output_format: ViewFormatOption = "table",
) -> None:
    """Measure a rule set on labelled texts.

    As a whole: accuracy (against the model: fidelity), F1, coverage. With --per-rule: the columns of a labelling
    function analysis. Invalid records are left out, and counted.
    """
    from camlode.config import Corpus
    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.evaluation.evaluate import evaluate as evaluate_rules
    from camlode.rules.evaluation.intervals import confidence_intervals
    from camlode.rules.rule_file import parse_saved_name, read_rule_set

    saved_name = parse_saved_name(rules)
    if save and saved_name is None:
        raise RulesError("--save needs a rule set of a store: name it as STORE#NAME, or leave --save out")
    rule_set = read_rule_set(rules)
    corpus = corpus_name or Path(texts).stem
    labelled = read_labelled_texts(Corpus(paths=[texts], text=text, label=label, label_separator=separator))
    classifier = RuleClassifier.from_rule_set(rule_set)
    evaluation = evaluate_rules(classifier, *labelled)
    other = None if baseline is None else RuleClassifier.from_rule_set(read_rule_set(baseline))
    confidence = confidence_intervals(classifier, *labelled, baseline=other) if intervals or other else {}
    with exit_on_broken_pipe():
        if output_format == "json":
            header = {"rules": rules, "corpus": corpus, "against": against}
            header |= {} if baseline is None else {"baseline": baseline}
            _print_json(header, evaluation, confidence, per_rule=per_rule)
        else:
            from camlode.rules.evaluation.view import print_evaluation

            print_evaluation(evaluation, confidence, against, make_console(), per_rule=per_rule)
    if plot is not None:
        _plot_curves(rule_set, labelled, f"{corpus}, {evaluation.documents:,} texts, {against} labels", plot)
    if save and saved_name is not None:
        _save_measures(saved_name, corpus, against, evaluation)


def _print_json(
    header: dict[str, Any], evaluation: Evaluation, confidence: dict[str, MeasureIntervals], *, per_rule: bool
) -> None:
    from camlode.pipeline.display.tables import dump_json

    measures = evaluation.to_dict()
    rules = measures.pop("rules")
    intervals = {"certainty": {name: asdict(value) for name, value in confidence.items()}} if confidence else {}
    typer.echo(dump_json(header | measures | intervals | ({"per_rule": rules} if per_rule else {})))


def _plot_curves(rules: RuleSet, labelled: tuple[list[str], Labels], title: str, path: Path) -> None:
    from camlode.rules.evaluation.curves import compute_curves, curve_sizes
    from camlode.rules.evaluation.plot import Panel, plot_curves

    panel = Panel(title, compute_curves(rules, *labelled, curve_sizes(rules)))
    what = "How good the first rules of each label are"
    plot_curves([panel], path, title=what, x_label="rules per label", y_label="share, with 95 % intervals")
    info(f"wrote {path}")


def _save_measures(saved_name: SavedName, corpus: str, against: Against, evaluation: Evaluation) -> None:
    from camlode.sql import PatternStore, RuleMeasure, mask_password

    rows = [RuleMeasure(corpus, against, name, value) for name, value in evaluation.measures().items()]
    PatternStore(saved_name.store).save_measures(saved_name.name, saved_name.version, rows)
    info(f"saved the measures with {saved_name.name} in {mask_password(saved_name.store)}")
