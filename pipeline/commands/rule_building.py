"""The command that makes rules of a store's patterns."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Optional, cast

import typer

from config.errors import RulesError
from config.names import did_you_mean, join_words
from pipeline.commands.options import RunNumber, Store, TextColumn, login_name
from pipeline.commands.rule_texts import AGAINST, read_corpus_texts, read_run_texts
from pipeline.commands.talk import info

if TYPE_CHECKING:
    from pipeline.commands.rule_texts import TrainingTexts
    from rules.classifier import RuleClassifier
    from sql import PatternStore

app = typer.Typer()


@app.command()
def build(
    store: Store,
    output: Annotated[Path, typer.Option("-o", "--output", help="The rule file that is written.", show_default=False)],
    rules_per_label: Annotated[int, typer.Option(min=1, help="The most rules of each label.")] = 50,
    run: RunNumber = None,
    against: Annotated[
        str, typer.Option(metavar="model|gold", help="Whose labels the rules should say: the model's, or people's.")
    ] = "model",
    selection: Annotated[
        str,
        typer.Option(
            metavar="best|joint|regression|coverage|importance|weighted|log-odds", help="How rules are chosen."
        ),
    ] = "best",
    fallback: Annotated[
        Optional[str], typer.Option(metavar="LABEL", help="What is said where no rule fires; nothing by default.")
    ] = None,
    min_documents: Annotated[int, typer.Option(min=1, help="Only patterns that occur in so many documents.")] = 3,
    min_precision: Annotated[
        float, typer.Option(min=0, max=1, help="Only patterns whose precision is surely that high (Wilson bound).")
    ] = 0.0,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="Only patterns that a review has accepted; else all not spoken against.")
    ] = False,
    texts: Annotated[
        Optional[str],
        typer.Option(metavar="FILE", help="Labelled texts to choose and weigh by, instead of the run's own corpus."),
    ] = None,
    text: TextColumn = "text",
    label: Annotated[str, typer.Option(metavar="COLUMN", help="The column of --texts with the label.")] = "label",
    separator: Annotated[
        Optional[str], typer.Option(metavar="TEXT", help="What separates several labels in it, such as |.")
    ] = None,
    documents: Annotated[
        int, typer.Option(min=1, help="Of a larger corpus, about so many documents are read.")
    ] = 200_000,
    name: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="Keep them in the store too, as the next version of NAME.")
    ] = None,
) -> None:
    """Makes a rule set of a run's patterns.

    Rules are chosen for all labels together, so that each says what the others leave unsaid, and their weights are
    learned from the texts that were mined, with what the model said of them. What people have rejected is left out.
    """
    from config import Corpus
    from rules.classifier import RuleClassifier
    from sql import PatternStore

    _check_build_options(output, against)
    pattern_store = PatternStore(store)
    classifier = RuleClassifier.from_store(
        store,
        run,
        rules_per_label,
        selection=selection,  # type: ignore[arg-type]  # what it may be is checked there
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
        training = read_corpus_texts(
            Corpus(paths=[texts], text=text, label=label, label_separator=separator), rules.task
        )
    exclusive = rules.task == "multiclass"
    classifier.fit(training.texts, [next(iter(each)) for each in training.labels] if exclusive else training.labels)
    classifier.save(output)
    _print_fit(classifier, training, output)
    if name is not None:
        _save_to_store(pattern_store, name, classifier)


def _check_build_options(output: Path, against: str) -> None:
    """What would else be found only once the work is done."""
    if against not in AGAINST:
        raise RulesError(f"--against is {against!r}: {did_you_mean(against, AGAINST)}")
    if output.is_dir():
        raise RulesError(f"{output} is a folder: name a file")
    if not output.absolute().parent.is_dir():
        raise RulesError(f"{output} cannot be written: there is no folder {output.parent}")


def _print_fit(classifier: RuleClassifier, training: TrainingTexts, output: Path) -> None:
    from rules.evaluation import evaluate

    rules = classifier.rule_set_
    measures = evaluate(classifier, *training)
    info(
        f"{len(rules.rules):,} rules for {len(rules.labels)} labels in {output}: on the {measures.texts:,} texts that "
        f"they were learned from a rule fires in {measures.coverage:.1%} and {measures.accuracy:.1%} get just their "
        "labels; camlode rules evaluate tells of others"
    )
    labels_without_rules = [label for label in rules.labels if all(rule.label != label for rule in rules.rules)]
    if labels_without_rules:
        info(f"no rule was found for: {join_words(labels_without_rules)}")


def _save_to_store(store: PatternStore, name: str, classifier: RuleClassifier) -> None:
    from rules.rule_file import rules_to_json

    run = classifier.rule_set_.provenance.get("run")
    number = run if isinstance(run, int) else None
    version = store.save_rules(name, rules_to_json(classifier.rule_set_), number, author=login_name())
    info(f"kept as version {version} of {name} in {store.name}")
