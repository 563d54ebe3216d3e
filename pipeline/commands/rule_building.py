"""The command that makes rules of a store's patterns."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (Typer reads the annotations)
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from pipeline.commands.options import RunNumber, Store, TextColumn, login
from pipeline.commands.talk import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.classifier import RuleClassifier
    from sql import PatternStore

    Labels = Sequence[frozenset[str]]

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
    from rules.classifier import RuleClassifier
    from sql import PatternStore

    opened = PatternStore(store)
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
    if texts is None:
        found, said = _mined(opened, store, classifier, against, documents)
    else:
        found, said = _labelled(texts, text, label, separator)
    task = classifier.rule_set_.task
    classifier.fit(found, [next(iter(each)) for each in said] if task == "multiclass" else said)
    classifier.save(output)
    _tell(classifier, found, said, output)
    if name is not None:
        _keep(opened, name, classifier)


def _mined(
    store: PatternStore, url: str, classifier: RuleClassifier, against: str, documents: int
) -> tuple[list[str], Labels]:
    """The run's texts, and the labels that the model or people gave them."""
    from config.errors import RulesError
    from config.names import which
    from pipeline.runs.mined_texts import mined_texts

    if against not in ("model", "gold"):
        raise RulesError(f"--against is {against!r}: {which(against, ('model', 'gold'))}")
    number = (classifier.provenance or {})["run"]
    row = next(row for row in store.rows("runs") if row["run"] == number)
    mined = mined_texts(store, row, url, documents)
    return _known(mined.texts, mined.predicted if against == "model" else mined.gold, classifier)


def _labelled(file: str, text: str, label: str, separator: str | None) -> tuple[list[str], Labels]:
    from config import Corpus
    from pipeline.labelled_texts import labelled_texts

    found = labelled_texts(Corpus(paths=[file], text=text, label=label, label_separator=separator))
    if found.rejected:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in found.rejected.most_common())
        say(f"left out {found.rejected.total():,} records ({reasons})")
    return _known(found.texts, found.labels, None)


def _known(texts: list[str], labels: Any, classifier: RuleClassifier | None) -> tuple[list[str], Labels]:
    """The texts whose labels are known, as many as a text of this kind has."""
    from config.errors import RulesError

    exclusive = classifier is not None and classifier.rule_set_.task == "multiclass"
    kept = [
        (text, each)
        for text, each in zip(texts, labels, strict=True)
        if each is not None and (len(each) == 1 or not exclusive)
    ]
    if not kept:
        raise RulesError("none of the texts has a label to learn from: give labelled ones with --texts FILE")
    return [text for text, _ in kept], [each for _, each in kept]


def _tell(classifier: RuleClassifier, texts: list[str], said: Labels, output: Path) -> None:
    from rules.evaluation import evaluate

    rules = classifier.rule_set_
    measures = evaluate(classifier, texts, said)
    say(
        f"{len(rules.rules):,} rules for {len(rules.labels)} labels in {output}: on the {len(texts):,} texts that they "
        f"were learned from a rule fires in {measures.coverage:.1%} and {measures.accuracy:.1%} get just their labels; "
        "camlode rules evaluate tells of others"
    )
    without = [label for label in rules.labels if all(rule.label != label for rule in rules.rules)]
    if without:
        from config.names import listed

        say(f"no rule was found for: {listed(without)}")


def _keep(store: PatternStore, name: str, classifier: RuleClassifier) -> None:
    from rules.rule_file import as_json

    run = classifier.rule_set_.provenance.get("run")
    number = run if isinstance(run, int) else None
    version = store.save_rules(name, as_json(classifier.rule_set_), number, author=login())
    say(f"kept as version {version} of {name} in {store.name}")
