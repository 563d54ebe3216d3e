"""Documents and patterns → where the patterns' fragments occur, whatever the model looked at there.

The second set of counts: a rule's precision and coverage come from these, not from where a fragment was important.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from config.errors import CorpusError
from pipeline.stages.counter_examples import Hits, counter_examples
from pipeline.stages.match_counts import CorpusSums, MatchCounts, Matches, MatchSums
from rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from config import Patterns
    from rules.matcher import Occurrences

    Numbers = npt.NDArray[np.int64]


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


class _Said(NamedTuple):
    """Document × labels + label, sorted, of what the model and gold say; `with_gold` [documents]."""

    predicted: Numbers
    gold: Numbers
    with_gold: npt.NDArray[np.bool_]


def published_patterns(
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
    sums = MatchSums(len(published.labels), patterns.examples)
    for shard in shards:
        sums.add(match(shard, published, wanted=sums.wanted, context=patterns.context))
    return sums.matches()


def match(shard: MinedShard, published: PublishedPatterns, *, wanted: Numbers, context: int) -> Matches:
    """Matches all patterns in the documents of a shard that were explained, over their whole texts.

    `wanted` [patterns] is how many counter-examples are kept at most of each, `context` how many characters of text to
    either side of them.

    Raises:
        CorpusError: a document that was explained is not there any more.
    """
    rows = explained_rows(shard.documents, shard.predictions)
    explained = shard.documents.take(rows)
    found = published.matcher.occurrences(explained["text"].to_pylist())
    hits = _hits(found, len(published.labels))
    said = _said(shard.predictions, published.names)
    pairs = hits.documents * len(published.names) + published.labels[hits.patterns]
    agree = np.isin(pairs, said.predicted)
    return Matches(
        _counts(found, hits, agree, np.isin(pairs, said.gold), said, published),
        counter_examples(shard.number, explained, rows, found, hits.where(~agree), wanted, context),
    )


def explained_rows(documents: pa.Table, predictions: pa.Table) -> pa.Array:
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


def _hits(found: Occurrences, patterns: int) -> Hits:
    keys, first = np.unique(found.texts * patterns + found.fragments, return_index=True)
    return Hits(*np.divmod(keys, max(patterns, 1)), first)


def _said(predictions: pa.Table, names: tuple[str, ...]) -> _Said:
    predicted, gold = predictions["predicted"].combine_chunks(), predictions["labels"].combine_chunks()
    numbers = pc.index_in(pc.list_flatten(gold), value_set=pa.array(names, pa.string()))
    known = gold.is_valid().to_numpy(zero_copy_only=False)
    return _Said(_keys(predicted, pc.list_flatten(predicted), len(names)), _keys(gold, numbers, len(names)), known)


def _keys(lists: pa.Array, numbers: pa.Array, labels: int) -> Numbers:
    """Each label of a document once; a gold label that the model does not know counts for none."""
    known = numbers.is_valid()
    parents = pc.list_parent_indices(lists).filter(known).to_numpy().astype(np.int64)
    return np.unique(parents * labels + numbers.filter(known).to_numpy())


def _counts(
    found: Occurrences, hits: Hits, predicted: Any, gold: Any, said: _Said, published: PublishedPatterns
) -> MatchCounts:
    def by_pattern(numbers: Numbers) -> Numbers:
        return np.bincount(numbers, minlength=len(published.labels))

    def by_label(keys: Numbers) -> Numbers:
        return np.bincount(keys % len(published.names), minlength=len(published.names))

    return MatchCounts(
        documents=by_pattern(hits.patterns),
        occurrences=by_pattern(found.fragments),
        predicted=by_pattern(hits.patterns[predicted]),
        with_gold=by_pattern(hits.patterns[said.with_gold[hits.documents]]),
        gold=by_pattern(hits.patterns[gold]),
        corpus=CorpusSums(
            documents=len(said.with_gold),
            with_gold=int(said.with_gold.sum()),
            predicted=by_label(said.predicted),
            gold=by_label(said.gold),
        ),
    )
