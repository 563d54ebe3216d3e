"""Documents and patterns → where the patterns' fragments occur, whatever the model looked at there.

The second set of counts: a rule's precision and coverage come from these, not from where a fragment was important.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.config.errors import CorpusError
from camlode.pipeline.stages.match_counts import (
    CorpusCounts,
    Hits,
    MatchAccumulator,
    MatchCounts,
    Matches,
    find_counter_examples,
)
from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from camlode.config import Patterns
    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.rules.matcher import Occurrences


class PublishedPatterns(NamedTuple):
    """The patterns that are matched: the fragments of `matcher`, and for each the number of its label.

    `labels` [patterns] number the labels of the model, whose names are `names`.
    """

    matcher: Matcher
    labels: npt.NDArray[np.integer[Any]]
    names: tuple[str, ...]


class MinedShard(NamedTuple):
    """A shard that is to be matched: its number, what it holds now, and what the model said of it.

    `documents` have the schema DOCUMENTS; `predictions`, of those that were explained, the schema PREDICTIONS.
    """

    number: int
    documents: pa.Table
    predictions: pa.Table


class _LabelKeys(NamedTuple):
    """Document × labels + label, sorted, of what the model and gold say; `with_gold` [documents]."""

    predicted: IntArray
    gold: IntArray
    with_gold: BoolArray


def compile_patterns(
    fragments: Sequence[str], labels: Any, names: tuple[str, ...], *, boundaries: bool
) -> PublishedPatterns:
    """Patterns [patterns] to match: their fragments, and the numbers of their labels in `names`.

    Letters that differ in case are the same; with `boundaries`, what cuts a word does not count.
    """
    return PublishedPatterns(Matcher(fragments, fold=True, boundaries=boundaries), np.asarray(labels), names)


def match_all(shards: Iterable[MinedShard], published: PublishedPatterns, patterns: Patterns) -> Matches:
    """Matches all patterns in several shards that come in the corpus's order, of which one is held at a time.

    `patterns` says how many counter-examples are kept of each, and how much text around them.

    Raises:
        CorpusError: a document that was explained is not there any more.
    """
    sums = MatchAccumulator(len(published.labels), patterns.examples)
    for shard in shards:
        sums.add(match(shard, published, remaining=sums.remaining, context=patterns.context))
    return sums.matches()


def match(shard: MinedShard, published: PublishedPatterns, *, remaining: IntArray, context: int) -> Matches:
    """Matches all patterns in the documents of a shard that were explained, over their whole texts.

    `remaining` [patterns] is how many counter-examples are kept at most of each, `context` how many characters of text to
    either side of them.

    Raises:
        CorpusError: a document that was explained is not there any more.
    """
    rows = find_explained_rows(shard.documents, shard.predictions)
    explained = shard.documents.take(rows)
    occurrences = published.matcher.occurrences(explained["text"].to_pylist())
    hits = _find_hits(occurrences, len(published.labels))
    label_keys = _read_label_keys(shard.predictions, published.names)
    pairs = hits.documents * len(published.names) + published.labels[hits.patterns]
    agree = np.isin(pairs, label_keys.predicted)
    return Matches(
        _count_matches(occurrences, hits, agree, np.isin(pairs, label_keys.gold), label_keys, published),
        find_counter_examples(shard.number, explained, rows, occurrences, hits.select(~agree), remaining, context),
    )


def find_explained_rows(documents: pa.Table, predictions: pa.Table) -> pa.Array:
    """The row in `documents` of each of `predictions`.

    Raises:
        CorpusError: a document that was explained is not there any more.
    """
    rows = pc.index_in(predictions["place"].combine_chunks(), value_set=documents["place"].combine_chunks())
    same = pc.equal(documents["id"].combine_chunks().take(rows), predictions["id"].combine_chunks())
    wrong = pc.index(same.fill_null(False), False).as_py()
    if wrong >= 0:
        raise CorpusError(
            f"the corpus has changed since it was mined: {predictions['place'][wrong]} does not hold document "
            f"{predictions['id'][wrong]} any more; mine it anew with --fresh"
        )
    return rows


def _find_hits(occurrences: Occurrences, patterns: int) -> Hits:
    keys, first = np.unique(occurrences.texts * patterns + occurrences.fragments, return_index=True)
    return Hits(*np.divmod(keys, max(patterns, 1)), first)


def _read_label_keys(predictions: pa.Table, names: tuple[str, ...]) -> _LabelKeys:
    predicted, gold = predictions["predicted"].combine_chunks(), predictions["labels"].combine_chunks()
    numbers = pc.index_in(pc.list_flatten(gold), value_set=pa.array(names, pa.string()))
    known = gold.is_valid().to_numpy(zero_copy_only=False)
    return _LabelKeys(
        _to_label_keys(predicted, pc.list_flatten(predicted), len(names)),
        _to_label_keys(gold, numbers, len(names)),
        known,
    )


def _to_label_keys(lists: pa.Array, numbers: pa.Array, labels: int) -> IntArray:
    """Each label of a document once; a gold label that the model does not know counts for none."""
    known = numbers.is_valid()
    parents = pc.list_parent_indices(lists).filter(known).to_numpy().astype(np.int64)
    return np.unique(parents * labels + numbers.filter(known).to_numpy())


def _count_matches(
    occurrences: Occurrences,
    hits: Hits,
    predicted: Any,
    gold: Any,
    label_keys: _LabelKeys,
    published: PublishedPatterns,
) -> MatchCounts:
    def count_per_pattern(numbers: IntArray) -> IntArray:
        return np.bincount(numbers, minlength=len(published.labels))

    def count_per_label(keys: IntArray) -> IntArray:
        return np.bincount(keys % len(published.names), minlength=len(published.names))

    return MatchCounts(
        documents=count_per_pattern(hits.patterns),
        occurrences=count_per_pattern(occurrences.fragments),
        predicted=count_per_pattern(hits.patterns[predicted]),
        with_gold=count_per_pattern(hits.patterns[label_keys.with_gold[hits.documents]]),
        gold=count_per_pattern(hits.patterns[gold]),
        corpus=CorpusCounts(
            documents=len(label_keys.with_gold),
            with_gold=int(label_keys.with_gold.sum()),
            predicted=count_per_label(label_keys.predicted),
            gold=count_per_label(label_keys.gold),
        ),
    )
