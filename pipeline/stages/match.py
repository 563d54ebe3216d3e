"""Documents and patterns → where the patterns' fragments occur, whatever the model looked at there.

The second set of counts: a rule's precision and coverage come from these, not from where a fragment was important.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from config.errors import CorpusError
from pipeline.stages.counter_examples import Hits, counter_examples

if TYPE_CHECKING:
    import numpy.typing as npt

    from config import Patterns
    from rules.matcher import Matcher, Occurrences

    Numbers = npt.NDArray[np.int64]


class PublishedPatterns(NamedTuple):
    """The patterns that are matched: the fragments of `matcher`, and for each the number of its label.

    `labels` [patterns] number the labels of the model, whose names are `names`.
    """

    matcher: Matcher
    labels: npt.NDArray[np.integer[Any]]
    names: tuple[str, ...]


class _Sums:
    def __add__(self, other: Self) -> Self:
        mine = (each.name for each in fields(self))  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in mine))


@dataclass(frozen=True)
class CorpusSums(_Sums):
    """Explained documents, of these with gold labels; by label [labels] predicted so, and of that gold label."""

    documents: int
    with_gold: int
    predicted: Numbers
    gold: Numbers


@dataclass(frozen=True)
class MatchCounts(_Sums):
    """Counts by pattern [patterns], and the sums over the same documents; shards add up in any order.

    documents: explained documents in which the fragment occurs. occurrences: its places in them.
    predicted: of the documents those with the pattern's label by the model. with_gold: of the documents those with
    gold labels; gold: of these those with the pattern's label among them.
    """

    documents: Numbers
    occurrences: Numbers
    predicted: Numbers
    with_gold: Numbers
    gold: Numbers
    corpus: CorpusSums


@dataclass(frozen=True, slots=True)
class ShardMatches:
    """What matching a shard tells; `counter_examples` has the schema COUNTER_EXAMPLES."""

    counts: MatchCounts
    counter_examples: pa.Table


class _Said(NamedTuple):
    """Document × labels + label, sorted, of what the model and gold say; `with_gold` [documents]."""

    predicted: Numbers
    gold: Numbers
    with_gold: npt.NDArray[np.bool_]


def match(
    shard: int, documents: pa.Table, predictions: pa.Table, published: PublishedPatterns, patterns: Patterns
) -> ShardMatches:
    """Matches all patterns in the documents of a shard that were explained, over their whole texts.

    Args:
        shard: its number.
        documents: what the shard holds now, schema DOCUMENTS.
        predictions: what the model said of those it explained, schema PREDICTIONS.
        published: the patterns to match.
        patterns: how many counter-examples are kept of each pattern, and how much text around them.

    Raises:
        CorpusError: a document that was explained is not there any more.
    """
    rows = _rows(documents, predictions)
    explained = documents.take(rows)
    texts = explained["text"].to_pylist()
    found = published.matcher.occurrences(texts)
    hits = _hits(found, len(published.labels))
    said = _said(predictions, published.names)
    pairs = hits.documents * len(published.names) + published.labels[hits.patterns]
    agree = np.isin(pairs, said.predicted)
    return ShardMatches(
        _counts(found, hits, agree, np.isin(pairs, said.gold), said, published),
        counter_examples(shard, explained, rows, found, hits.where(~agree), patterns),
    )


def _rows(documents: pa.Table, predictions: pa.Table) -> pa.Array:
    """The row in `documents` of each of `predictions`."""
    rows = pc.index_in(predictions["place"].combine_chunks(), value_set=documents["place"].combine_chunks())
    same = pc.equal(documents["id"].combine_chunks().take(rows), predictions["id"].combine_chunks())
    wrong = pc.index(same.fill_null(False), False).as_py()
    if wrong >= 0:
        raise CorpusError(
            f"the corpus has changed since it was mined: {predictions['place'][wrong]} does not hold document "
            f"{predictions['id'][wrong]} any more; mine it anew"
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
