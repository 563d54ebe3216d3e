"""Texts with their labels, all at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from pipeline.stages.plan import find_files, plan_shards
from pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from config import Corpus

SHARD_DOCUMENTS = 50_000


class LabelledTexts(NamedTuple):
    """Texts, the labels of each or None where it has none, and how many records were rejected for what reason."""

    texts: list[str]
    labels: list[frozenset[str] | None]
    rejected: Counter[str]


def load_labelled_texts(corpus: Corpus) -> LabelledTexts:
    """The texts of a corpus in its order, with the labels of its label column.

    Raises:
        CorpusError: the corpus cannot be found or read, or lacks a column.
    """
    found = LabelledTexts([], [], Counter())
    for shard in plan_shards(find_files(corpus.paths), corpus, SHARD_DOCUMENTS):
        read = read_shard(shard, corpus)
        found.texts.extend(read.documents["text"].to_pylist())
        labels = read.documents["labels"].to_pylist()
        found.labels.extend(None if each is None else frozenset(each) for each in labels)
        found.rejected.update(read.rejects["reason"].to_pylist())
    return found
