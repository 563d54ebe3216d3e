"""Choosing the spans of units that matter, for all documents and labels of a shard at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.fragments.units import Units
    from pipeline.records import Importances


class Spans(NamedTuple):
    """Chosen spans: for which pair, at which characters [starts, ends) of the joined text, how important.

    `importances` are in units of IMPORTANCE_UNIT logits.
    """

    pairs: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    importances: npt.NDArray[np.int64]


class _UnitsOfPairs(NamedTuple):
    """One row a pair and unit of its document: which, how many units are left, and its tokens' sums.

    `before` and `through` are the pair's running importance before the unit and through its end.
    """

    pairs: Any
    units: Any
    left: Any
    before: Any
    through: Any


def choose_spans(
    importances: Importances, units: Units, tokens: Any, token_bounds: Any, *, max_units: int, share: float
) -> Spans:
    """The spans of 1 to `max_units` units with at least `share` of their document's positive importance.

    `tokens` are the places of all tokens' first characters in the joined text, `token_bounds` [texts + 1] where each
    text's tokens start among them. A unit at a span's end brings at least half of its even share of the span's
    importance: what adds next to nothing does not lengthen a fragment.
    """
    rows = _spread_over_pairs(importances, units, tokens, token_bounds)
    own = rows.through - rows.before
    totals = positive_totals(importances)[rows.pairs]
    chosen = []
    for size in range(1, max_units + 1):
        starts = np.flatnonzero((rows.left >= size) & (own > 0))
        ends = starts + size - 1
        values = rows.through[ends] - rows.before[starts]
        least_end = np.minimum(own[starts], own[ends])
        good = (values / totals[starts] >= share) & (2 * size * least_end >= values)
        starts, ends = starts[good], ends[good]
        chosen.append(
            Spans(
                rows.pairs[starts],
                units.first[rows.units[starts]],
                units.last[rows.units[ends]],
                values[good],
            )
        )
    return Spans(*(np.concatenate(column) for column in zip(*chosen, strict=True)))


def positive_totals(importances: Importances) -> npt.NDArray[np.int64]:
    """The sum of the positive importances of each pair's tokens."""
    running = np.concatenate([[0], np.cumsum(np.maximum(importances.values, 0))])
    return np.asarray(running[importances.offsets[1:]] - running[importances.offsets[:-1]])


def _spread_over_pairs(importances: Importances, units: Units, tokens: Any, token_bounds: Any) -> _UnitsOfPairs:
    documents = importances.documents
    unit_counts = np.bincount(units.texts, minlength=len(token_bounds) - 1)
    first_units = np.cumsum(unit_counts) - unit_counts
    counts = unit_counts[documents]
    pairs = np.repeat(np.arange(len(documents)), counts)
    place = np.arange(len(pairs)) - np.repeat(np.cumsum(counts) - counts, counts)
    numbers = first_units[documents][pairs] + place
    # A token's place among its pair's values is its place among its text's tokens.
    shift = (importances.offsets[:-1] - token_bounds[documents])[pairs]
    running = np.concatenate([[0], np.cumsum(importances.values)])
    first, last = _tokens_of_units(units, tokens, token_bounds)
    return _UnitsOfPairs(
        pairs=pairs,
        units=numbers,
        left=counts[pairs] - place,
        before=running[first[numbers] + shift],
        through=running[last[numbers] + shift],
    )


def _tokens_of_units(units: Units, tokens: Any, token_bounds: Any) -> tuple[Any, Any]:
    """The tokens [first, last) of each unit: from its first to its last that stands for characters."""
    at_place = np.bincount(tokens[units.tokens], minlength=units.ends.max(initial=0))
    before = np.concatenate([[0], np.cumsum(at_place)])
    first = np.append(units.tokens, len(tokens))[before[units.starts]]
    last = np.append(0, units.tokens + 1)[before[units.ends]]
    first = np.clip(first, token_bounds[units.texts], token_bounds[units.texts + 1])
    return first, np.maximum(first, last)
