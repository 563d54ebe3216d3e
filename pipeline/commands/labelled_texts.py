"""Labelled texts for the rule commands, with messages about what was left out."""

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


class TrainingTexts(NamedTuple):
    """Texts to train rules on, and the labels of each: exactly one if the task is multiclass."""

    texts: list[str]
    labels: list[frozenset[str]]


def read_run_texts(
    store: PatternStore, url: str, run: int, task: Task, *, against: str, documents: int
) -> TrainingTexts:
    """Read a sample of about `documents` of a run's texts, with the model's predictions or their gold labels.

    Raises:
        RulesError: the texts or the predictions have been removed, or no text has a label.
    """
    from camlode.pipeline.training_texts import load_mined_texts

    mined = load_mined_texts(store, store.run(run), url, documents)
    return _select_labelled(mined.texts, mined.predicted if against == "model" else mined.gold, task)


def read_corpus_texts(corpus: Corpus, task: Task) -> TrainingTexts:
    """Read a corpus's texts that have a label for the task.

    Raises:
        CorpusError: the corpus cannot be found or read.
        RulesError: no text has a label.
    """
    return _select_labelled(*read_labelled_texts(corpus), task)


def read_labelled_texts(corpus: Corpus) -> tuple[list[str], Labels]:
    """Read a corpus's texts and labels (None for a text without one), and print how many records were rejected.

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
