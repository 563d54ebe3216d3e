"""Choosing the spans that matter, for all documents and labels of a shard at once."""
# MERGED: What the tokens of pieces of text bring to each pair of a document and a label.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.pipeline.arrays import row_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.pipeline.arrays import IntArray
    from camlode.pipeline.fragments.punctuation import Segments
    from camlode.pipeline.fragments.units import Units
    from camlode.pipeline.records import Importances


class PairRows(NamedTuple):
    """One row a pair and item of its document: which item, and how many of the document's are left from it on.

    `shifts` lead from a token's number to the place of its value for the pair.
    """

    pairs: IntArray
    items: IntArray
    remaining: IntArray
    shifts: IntArray


def expand_pairs(importances: Importances, texts: Any, token_bounds: Any) -> PairRows:
    """The rows of items that are in `texts` [items], which are sorted; `token_bounds` as in choose_spans."""
    documents = importances.documents
    item_counts = np.bincount(texts, minlength=len(token_bounds) - 1)
    first_items = np.cumsum(item_counts) - item_counts
    counts = item_counts[documents]
    pairs = np.repeat(np.arange(len(documents)), counts)
    rank = row_positions(counts)
    # A token's place among its pair's values is its place among its text's tokens.
    shifts = (importances.offsets[:-1] - token_bounds[documents])[pairs]
    return PairRows(pairs, first_items[documents][pairs] + rank, counts[pairs] - rank, shifts)


def find_token_ranges(
    segments: Units | Segments, written_tokens: Any, tokens: Any, token_bounds: Any
) -> tuple[Any, Any]:
    """The tokens [first, last) of each piece: from its first to its last of those `written_tokens` for characters."""
    tokens_at = np.bincount(tokens[written_tokens], minlength=segments.ends.max(initial=0))
    before = np.concatenate([[0], np.cumsum(tokens_at)])
    first = np.append(written_tokens, len(tokens))[before[segments.starts]]
    last = np.append(0, written_tokens + 1)[before[segments.ends]]
    first = np.clip(first, token_bounds[segments.texts], token_bounds[segments.texts + 1])
    return first, np.maximum(first, last)


class Spans(NamedTuple):
    """Chosen spans: for which pair, at which characters [starts, ends) of the joined text, how important, how long.

    `importances` are in units of IMPORTANCE_UNIT logits, `sizes` the numbers of units that the spans are made of: none
    where they are punctuation alone.
    """

    pairs: IntArray
    starts: IntArray
    ends: IntArray
    importances: IntArray
    sizes: IntArray


class _RunningSums(NamedTuple):
    """What was read and said: the importances, their running sums and positive totals, and where the tokens are."""

    importances: Importances
    running: Any
    totals: Any
    tokens: Any
    token_bounds: Any


def choose_spans(
    importances: Importances, units: Units, tokens: Any, token_bounds: Any, *, max_units: int, share: float
) -> Spans:
    """The spans with at least `share` of their document's positive importance.

    A span is 1 to `max_units` units, the same with the brackets or quotes that are directly around them, or punctuation
    alone. `tokens` are the places of all tokens' first characters in the joined text, `token_bounds` [texts + 1] where
    each text's tokens start among them. What is at a span's end, a unit or a mark, brings at least half of its even
    share of the span's importance: what adds next to nothing does not lengthen a fragment.
    """
    running = np.concatenate([[0], np.cumsum(importances.values)])
    sums = _RunningSums(importances, running, sum_positive_importances(importances), tokens, token_bounds)
    chosen = [
        *_choose_unit_spans(sums, units, max_units, share),
        _choose_punctuation_spans(sums, units, max_units, share),
    ]
    return Spans(*(np.concatenate(column) for column in zip(*chosen, strict=True)))


def sum_positive_importances(importances: Importances) -> IntArray:
    """The sum of the positive importances of each pair's tokens."""
    running = np.concatenate([[0], np.cumsum(np.maximum(importances.values, 0))])
    return np.asarray(running[importances.offsets[1:]] - running[importances.offsets[:-1]])


def _choose_unit_spans(sums: _RunningSums, units: Units, max_units: int, share: float) -> Iterator[Spans]:
    rows = expand_pairs(sums.importances, units.texts, sums.token_bounds)
    first, last = find_token_ranges(units, units.tokens, sums.tokens, sums.token_bounds)
    before, through = (sums.running[each[rows.items] + rows.shifts] for each in (first, last))
    own, totals = through - before, sums.totals[rows.pairs]
    for size in range(1, max_units + 1):
        starts = np.flatnonzero((rows.remaining >= size) & (own > 0))
        ends = starts + size - 1
        values = through[ends] - before[starts]
        good = _has_enough_labels(values, share, totals[starts], np.minimum(own[starts], own[ends]), size)
        starts, ends = starts[good], ends[good]
        yield Spans(
            rows.pairs[starts],
            units.first[rows.items[starts]],
            units.last[rows.items[ends]],
            values[good],
            np.full(len(starts), size, dtype=np.int64),
        )


def _choose_punctuation_spans(sums: _RunningSums, units: Units, max_units: int, share: float) -> Spans:
    marks = units.marks
    rows = expand_pairs(sums.importances, marks.segments.texts[marks.first_marks], sums.token_bounds)
    first, last = find_token_ranges(marks.segments, units.tokens, sums.tokens, sums.token_bounds)
    first_marks, last_marks = marks.first_marks[rows.items], marks.last_marks[rows.items]
    before, through = sums.running[first[first_marks] + rows.shifts], sums.running[last[last_marks] + rows.shifts]
    first_own = sums.running[last[first_marks] + rows.shifts] - before
    last_own = through - sums.running[first[last_marks] + rows.shifts]
    few = np.flatnonzero((first_own > 0) & (marks.sizes[rows.items] <= max_units))
    values, least_end = (through - before)[few], np.minimum(first_own, last_own)[few]
    good = _has_enough_labels(values, share, sums.totals[rows.pairs[few]], least_end, marks.parts[rows.items[few]])
    found = few[good]
    return Spans(
        rows.pairs[found],
        marks.segments.first[first_marks[found]],
        marks.segments.last[last_marks[found]],
        values[good],
        marks.sizes[rows.items[found]],
    )


def _has_enough_labels(values: Any, share: float, totals: Any, least_end: Any, parts: Any) -> Any:
    return (values / totals >= share) & (2 * parts * least_end >= values)
