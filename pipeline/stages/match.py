"""The match stage: documents and patterns → every occurrence of the patterns' fragments, important there or not.

Precision and coverage come from these counts. Counts of where a fragment was important say nothing about the documents
in which it occurs without effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.config.errors import CorpusError
from camlode.pipeline.stages.extract import read_label_keys
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
    """The patterns to match: the fragments of `matcher` and the number of each one's label.

    `labels` [patterns] index into `names`, the labels of the model.
    """

    matcher: Matcher
    labels: npt.NDArray[np.integer[Any]]
    names: tuple[str, ...]


class MinedShard(NamedTuple):
    """A shard to match: its number, its documents as they are read now, and what the model predicted for them.

    `documents` have the schema DOCUMENTS; `predictions`, of those that were explained, the schema PREDICTIONS.
    """

    number: int
    documents: pa.Table
    predictions: pa.Table


def compile_patterns(
    fragments: Sequence[str], labels: Any, names: tuple[str, ...], *, boundaries: bool
) -> PublishedPatterns:
    """Compile patterns [patterns] for matching: their fragments, and the numbers of their labels in `names`.

    Case is ignored; with `boundaries`, an occurrence that cuts a word does not count.
    """
    return PublishedPatterns(Matcher(fragments, fold=True, boundaries=boundaries), np.asarray(labels), names)


def match_all(shards: Iterable[MinedShard], published: PublishedPatterns, patterns: Patterns) -> Matches:
    """Match all patterns in several shards, given in the corpus's order; one is in memory at a time.

    `patterns` says how many counter-examples to keep of each pattern, and how much text around them.

    Raises:
        CorpusError: a document that was explained is gone.
    """
    sums = MatchAccumulator(len(published.labels), patterns.examples)
    for shard in shards:
        sums.add(match(shard, published, remaining=sums.remaining, context=patterns.context))
    return sums.matches()


def match(shard: MinedShard, published: PublishedPatterns, *, remaining: IntArray, context: int) -> Matches:
    """Match all patterns in the whole texts of a shard's explained documents.

    `remaining` [patterns] is how many counter-examples to keep of each at most, `context` how many characters of text
    on either side of them.

    Raises:
        CorpusError: a document that was explained is gone.
    """
    rows = find_explained_rows(shard.documents, shard.predictions)
    explained = shard.documents.take(rows)
    occurrences = published.matcher.find_occurrences(explained["text"].to_pylist())
    hits = _find_hits(occurrences, len(published.labels))
    keys = hits.documents * len(published.names) + published.labels[hits.patterns]
    counts, agree = _count_matches(occurrences, hits, keys, shard.predictions, published)
    return Matches(
        counts,
        find_counter_examples(shard.number, explained, rows, occurrences, hits.select(~agree), remaining, context),
    )


def find_explained_rows(documents: pa.Table, predictions: pa.Table) -> pa.Array:
    """The row in `documents` of each of `predictions`.

    Raises:
        CorpusError: a document that was explained is gone.
    """
    # Locations find the rows, ids check them: a line inserted above moves all locations below it.
    rows = pc.index_in(predictions["place"].combine_chunks(), value_set=documents["place"].combine_chunks())
    same = pc.equal(documents["id"].combine_chunks().take(rows), predictions["id"].combine_chunks())
    wrong = pc.index(same.fill_null(False), False).as_py()
    if wrong >= 0:
        raise CorpusError(
            f"the corpus has changed since it was mined: {predictions['place'][wrong]} no longer holds document "
            f"{predictions['id'][wrong]}; mine it again with --fresh"
        )
    return rows


def _find_hits(occurrences: Occurrences, patterns: int) -> Hits:
    keys, first = np.unique(occurrences.texts * patterns + occurrences.fragments, return_index=True)
    return Hits(*np.divmod(keys, max(patterns, 1)), first)


def _count_matches(
    occurrences: Occurrences, hits: Hits, keys: IntArray, predictions: pa.Table, published: PublishedPatterns
) -> tuple[MatchCounts, BoolArray]:
    """The counts, and which of `hits` the model gives the pattern's label; `keys` [hits] are document and label."""
    predicted, gold = read_label_keys(predictions, published.names)
    with_gold = predictions["labels"].is_valid().to_numpy()
    agree = np.isin(keys, predicted)

    def count_per_pattern(numbers: IntArray) -> IntArray:
        return np.bincount(numbers, minlength=len(published.labels))

    def count_per_label(keys: IntArray) -> IntArray:
        return np.bincount(keys % len(published.names), minlength=len(published.names))

    counts = MatchCounts(
        documents=count_per_pattern(hits.patterns),
        occurrences=count_per_pattern(occurrences.fragments),
        predicted=count_per_pattern(hits.patterns[agree]),
        with_gold=count_per_pattern(hits.patterns[with_gold[hits.documents]]),
        gold=count_per_pattern(hits.patterns[np.isin(keys, gold)]),
        corpus=CorpusCounts(
            documents=len(with_gold),
            with_gold=int(with_gold.sum()),
            predicted=count_per_label(predicted),
            gold=count_per_label(gold),
        ),
    )
    return counts, agree
