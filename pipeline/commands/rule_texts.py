"""The texts that rules are learned from, with the labels that they should say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from camlode.config.errors import RulesError
from camlode.pipeline.commands.console import info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Corpus
    from camlode.rules.rule_set import Task
    from camlode.sql import PatternStore

    Labels = Sequence[frozenset[str] | None]

AGAINST = ("model", "gold")


class TrainingTexts(NamedTuple):
    """Texts whose labels are known, and the labels of each: just one of them where labels exclude each other."""

    texts: list[str]
    labels: list[frozenset[str]]


def read_run_texts(
    store: PatternStore, url: str, run: int, task: Task, *, against: str, documents: int
) -> TrainingTexts:
    """Some `documents` of the texts that a run explained, with what the model or people said of them.

    Raises:
        RulesError: the texts, or what was said of them, are not there any more; or none has a label.
    """
    from camlode.pipeline.training_texts import load_mined_texts

    row = next(row for row in store.rows("runs") if row["run"] == run)
    mined = load_mined_texts(store, row, url, documents)
    return _select_labelled(mined.texts, mined.predicted if against == "model" else mined.gold, task)


def read_corpus_texts(corpus: Corpus, task: Task) -> TrainingTexts:
    """The texts of a corpus with the labels of its label column; what is rejected is told.

    Raises:
        CorpusError: the corpus cannot be found or read.
        RulesError: none of its texts has a label.
    """
    return _select_labelled(*read_labelled_texts(corpus), task)


def read_labelled_texts(corpus: Corpus) -> tuple[list[str], Labels]:
    """The texts of a corpus with the labels of its label column or None; what is rejected is told.

    Raises:
        CorpusError: the corpus cannot be found or read, or lacks a column.
    """
    from camlode.pipeline.training_texts import load_labelled_texts

    texts, labels, rejected = load_labelled_texts(corpus)
    if rejected:
        reasons = ", ".join(f"{reason}: {count:,}" for reason, count in rejected.most_common())
        info(f"left out {rejected.total():,} of {len(texts) + rejected.total():,} records ({reasons})")
    return texts, labels


def _select_labelled(texts: Sequence[str], labels: Labels, task: Task) -> TrainingTexts:
    found = TrainingTexts([], [])
    for text, each in zip(texts, labels, strict=True):
        if each is not None and (task == "multilabel" or len(each) == 1):
            found.texts.append(text)
            found.labels.append(each)
    if not found.texts:
        raise RulesError("none of the texts has a label to learn from: give labelled ones with --texts FILE")
    if unlabelled := len(texts) - len(found.texts):
        expected = "label" if task == "multilabel" else "single label"
        info(f"left out {unlabelled:,} of {len(texts):,} texts, which have no {expected}")
    return found
