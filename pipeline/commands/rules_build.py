"""`camlode rules build`: a rule set from a run's patterns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional, cast

import typer

from camlode.config.errors import RulesError, did_you_mean, join_words
from camlode.pipeline.commands.console import info
from camlode.pipeline.commands.labelled_texts import read_corpus_texts, read_run_texts
from camlode.pipeline.commands.options import RunOption, Store, TextColumn, login_name

if TYPE_CHECKING:
    from camlode.pipeline.commands.labelled_texts import TrainingTexts
    from camlode.rules.classifier import RuleClassifier
    from camlode.sql import PatternStore

app = typer.Typer()

AGAINST = ("model", "gold")


@app.command()
def build(
    store: Store,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The rule file to write.", show_default=False)
    ],
    rules_per_label: Annotated[int, typer.Option(metavar="N", min=1, help="At most N rules of each label.")] = 50,
    run: RunOption = None,
    against: Annotated[
        str, typer.Option(metavar="model|gold", help="The labels to predict: the model's, or gold labels.")
    ] = "model",
    selection: Annotated[
        str,
        typer.Option(
            metavar="best|joint|regression|coverage|importance|weighted|log-odds", help="How rules are selected."
        ),
    ] = "best",
    fallback: Annotated[
        Optional[str], typer.Option(metavar="LABEL", help="The label of texts in which no rule fires; by default none.")
    ] = None,
    min_documents: Annotated[
        int, typer.Option(metavar="N", min=1, help="Only patterns that occur in at least N documents.")
    ] = 3,
    min_precision: Annotated[
        float,
        typer.Option(metavar="P", min=0, max=1, help="Only patterns of at least this precision (Wilson lower bound)."),
    ] = 0.0,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Only accepted patterns; by default all but rejected and spurious ones.")
    ] = False,
    texts: Annotated[
        Optional[str],
        typer.Option(metavar="FILE", help="Labelled texts to train on; by default the run's own corpus."),
    ] = None,
    text: TextColumn = "text",
    label: Annotated[
        str, typer.Option(metavar="COLUMN", help="The column of --texts with the label or labels.")
    ] = "label",
    separator: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="What separates several labels in that column, such as |.")
    ] = None,
    documents: Annotated[
        int, typer.Option(metavar="N", min=1, help="Train on a sample of about N documents of a larger corpus.")
    ] = 200_000,
    name: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Also save to the store, as the next version of NAME.")
    ] = None,
) -> None:
    """Build a rule set from a run's patterns.

    Selects rules for all labels jointly and fits their weights to the model's predictions (or gold labels) for the
    texts of the run. Rejected and spurious patterns are left out.
    """
    from camlode.config import Corpus
    from camlode.rules.classifier import RuleClassifier
    from camlode.sql import PatternStore

    _check_options(output, against)
    pattern_store = PatternStore(store)
    classifier = RuleClassifier.from_store(
        store,
        run,
        rules_per_label,
        selection=selection,  # type: ignore[arg-type]  # from_store checks it
        fallback=fallback,
        min_documents=min_documents,
        min_precision=min_precision,
        accepted=accepted,
    )
    rules = classifier.rule_set_
    if texts is None:
        number = cast("int", rules.provenance["run"])
        training = read_run_texts(pattern_store, store, number, rules.task, against=against, documents=documents)
    else:
        corpus = Corpus(paths=[texts], text=text, label=label, label_separator=separator)
        training = read_corpus_texts(corpus, rules.task)
    exclusive = rules.task == "multiclass"
    classifier.fit(training.texts, [next(iter(each)) for each in training.labels] if exclusive else training.labels)
    classifier.save(output)
    _print_fit(classifier, training, output)
    if name is not None:
        _save_to_store(pattern_store, name, classifier)


def _check_options(output: Path, against: str) -> None:
    """Check now what would otherwise fail only after minutes of fitting."""
    if against not in AGAINST:
        raise RulesError(f"--against is {against!r}: {did_you_mean(against, AGAINST)}")
    if output.is_dir():
        raise RulesError(f"{output} is a folder: name a file")
    if not output.absolute().parent.is_dir():
        raise RulesError(f"{output} cannot be written: there is no folder {output.parent}")


def _print_fit(classifier: RuleClassifier, training: TrainingTexts, output: Path) -> None:
    from camlode.rules.evaluation.evaluate import evaluate

    rules = classifier.rule_set_
    measures = evaluate(classifier, *training)
    info(
        f"{len(rules.rules):,} rules for {len(rules.labels)} labels in {output}: on the {measures.texts:,} training "
        f"texts, a rule fires in {measures.coverage:.1%} and {measures.accuracy:.1%} get exactly their labels; measure "
        "other texts with camlode rules evaluate"
    )
    labels_without_rules = [label for label in rules.labels if all(rule.label != label for rule in rules.rules)]
    if labels_without_rules:
        info(f"no rule was found for: {join_words(labels_without_rules)}")


def _save_to_store(store: PatternStore, name: str, classifier: RuleClassifier) -> None:
    from camlode.rules.rule_file import rules_to_json

    run = classifier.rule_set_.provenance.get("run")
    number = run if isinstance(run, int) else None
    version = store.save_rules(name, rules_to_json(classifier.rule_set_), number, author=login_name())
    info(f"saved as version {version} of {name} in {store.name}")
