"""Choice of the spans that matter, for all documents and labels of a shard at once.

Importances are summed by differences of running sums: the sum over tokens [first, last) is running[last] −
running[first]. They are integers, so the difference is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, row_positions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.pipeline.fragments.characters import Segments
    from camlode.pipeline.fragments.units import Units
    from camlode.pipeline.records import Importances


class Spans(NamedTuple):
    """Chosen spans: the pair of document and label, characters [starts, ends) of the joined text, importance and size.

    `importances` are in units of IMPORTANCE_UNIT logits; `sizes` count the units of a span, 0 for punctuation alone.
    """

    pairs: IntArray
    starts: IntArray
    ends: IntArray
    importances: IntArray
    sizes: IntArray


class _RunningSums(NamedTuple):
    """The importances, their running sums [tokens + 1] and positive totals [pairs], and where the tokens are."""

    importances: Importances
    running: IntArray
    totals: IntArray
    tokens: IntArray
    token_bounds: IntArray


def choose_spans(
    importances: Importances, units: Units, tokens: IntArray, token_bounds: IntArray, *, max_units: int, share: float
) -> Spans:
    """Choose the spans with at least `share` of their document's positive importance.

    A span is 1 to `max_units` units, the same with the brackets or quotes directly around them, or punctuation alone.
    `tokens` are the positions of the tokens' first characters in the joined text, `token_bounds` [texts + 1] the
    offsets of each text's tokens. The unit or mark at either end of a span must have at least half of an even share of
    the span's importance, so that a part that adds next to nothing does not lengthen a fragment.
    """
    running = np.concatenate([[0], np.cumsum(importances.values)])
    sums = _RunningSums(importances, running, sum_positive_importances(importances), tokens, token_bounds)
    chosen = [
        *_choose_unit_spans(sums, units, max_units, share),
        _choose_punctuation_spans(sums, units, max_units, share),
    ]
    return Spans(*(np.concatenate(column) for column in zip(*chosen, strict=True)))


def sum_positive_importances(importances: Importances) -> IntArray:
    """Sum of the positive importances of each pair's tokens."""
    running = np.concatenate([[0], np.cumsum(np.maximum(importances.values, 0))])
    return np.asarray(running[importances.offsets[1:]] - running[importances.offsets[:-1]])


def _choose_unit_spans(sums: _RunningSums, units: Units, max_units: int, share: float) -> Iterator[Spans]:
    rows = _expand_pairs(sums.importances, units.texts, sums.token_bounds)
    first, last = _find_token_ranges(units, units.tokens, sums.tokens, sums.token_bounds)
    before, through = (sums.running[each[rows.items] + rows.shifts] for each in (first, last))
    unit_sums, totals = through - before, sums.totals[rows.pairs]
    # One pass for each size, over all starts in the shard at once.
    for size in range(1, max_units + 1):
        starts = np.flatnonzero((rows.remaining >= size) & (unit_sums > 0))
        ends = starts + size - 1
        values = through[ends] - before[starts]
        good = _is_important(values, share, totals[starts], np.minimum(unit_sums[starts], unit_sums[ends]), size)
        starts, ends = starts[good], ends[good]
        yield Spans(
            rows.pairs[starts],
            units.core_starts[rows.items[starts]],
            units.core_ends[rows.items[ends]],
            values[good],
            np.full(len(starts), size, dtype=np.int64),
        )


def _choose_punctuation_spans(sums: _RunningSums, units: Units, max_units: int, share: float) -> Spans:
    punctuation = units.punctuation
    rows = _expand_pairs(sums.importances, punctuation.segments.texts[punctuation.first_marks], sums.token_bounds)
    first, last = _find_token_ranges(punctuation.segments, units.tokens, sums.tokens, sums.token_bounds)
    first_marks, last_marks = punctuation.first_marks[rows.items], punctuation.last_marks[rows.items]
    before, through = sums.running[first[first_marks] + rows.shifts], sums.running[last[last_marks] + rows.shifts]
    first_mark_sums = sums.running[last[first_marks] + rows.shifts] - before
    last_mark_sums = through - sums.running[first[last_marks] + rows.shifts]
    few = np.flatnonzero((first_mark_sums > 0) & (punctuation.sizes[rows.items] <= max_units))
    values, least_end = (through - before)[few], np.minimum(first_mark_sums, last_mark_sums)[few]
    good = _is_important(values, share, sums.totals[rows.pairs[few]], least_end, punctuation.parts[rows.items[few]])
    found = few[good]
    return Spans(
        rows.pairs[found],
        punctuation.segments.core_starts[first_marks[found]],
        punctuation.segments.core_ends[last_marks[found]],
        values[good],
        punctuation.sizes[rows.items[found]],
    )


def _is_important(
    values: IntArray, share: float, totals: IntArray, least_end: IntArray, parts: IntArray | int
) -> BoolArray:
    # least_end >= half of an even share, values / parts / 2, in integers. A quotient is compared with `share`, since a
    # product of floats may miss exactly the share.
    return np.asarray((values / totals >= share) & (2 * parts * least_end >= values))


class _PairRows(NamedTuple):
    """One row for each pair and each item (unit or span) of its document.

    `items` are the numbers of the items, `remaining` how many items of the document are left from each on. A token's
    number plus `shifts` is the index of its importance for the pair.
    """

    pairs: IntArray
    items: IntArray
    remaining: IntArray
    shifts: IntArray


def _expand_pairs(importances: Importances, texts: IntArray, token_bounds: IntArray) -> _PairRows:
    """Combine pairs with the items of their documents; `texts` [items] is sorted, `token_bounds` as in choose_spans."""
    documents = importances.documents
    item_counts = np.bincount(texts, minlength=len(token_bounds) - 1)
    first_items = offsets_from_sizes(item_counts)[:-1]
    counts = item_counts[documents]
    pairs = np.repeat(np.arange(len(documents)), counts)
    rank = row_positions(counts)
    # A token's position among its pair's values is its position among its text's tokens.
    shifts = (importances.offsets[:-1] - token_bounds[documents])[pairs]
    return _PairRows(pairs, first_items[documents][pairs] + rank, counts[pairs] - rank, shifts)


def _find_token_ranges(
    segments: Units | Segments, written_tokens: IntArray, tokens: IntArray, token_bounds: IntArray
) -> tuple[IntArray, IntArray]:
    """Find the tokens [first, last) of each segment: from the first to the last of its tokens with characters.

    `written_tokens` are the numbers of all tokens with characters.
    """
    tokens_at = np.bincount(tokens[written_tokens], minlength=segments.ends.max(initial=0))
    before = offsets_from_sizes(tokens_at)
    first = np.append(written_tokens, len(tokens))[before[segments.starts]]
    last = np.append(0, written_tokens + 1)[before[segments.ends]]
    # A segment that the model did not read has no token; without clipping it would get those of the next text.
    first = np.clip(first, token_bounds[segments.texts], token_bounds[segments.texts + 1])
    return first, np.maximum(first, last)
