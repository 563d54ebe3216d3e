"""How far a ranking agrees with the spans that people marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.faithfulness.ragged import offsets_from_sizes, ragged_index

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.faithfulness.pairs import Pairs
    from pipeline.records import Tokens

Spans = tuple[tuple[int, int], ...]


class Plausibility(NamedTuple):
    """Both [pairs], NaN where nothing is marked or the pair does not count."""

    auprc: npt.NDArray[np.float64]
    token_f1: npt.NDArray[np.float64]


def mark_tokens(tokens: Tokens, lengths: npt.NDArray[np.int64], spans: Sequence[Spans | None]) -> npt.NDArray[np.bool_]:
    """Which tokens share a character with a span of their document; `lengths` [documents] are the texts'."""
    bounds = offsets_from_sizes(lengths)
    change = np.zeros(bounds[-1] + 1, np.int64)
    flat = [(bounds[row] + start, bounds[row] + end) for row, each in enumerate(spans) for start, end in each or ()]
    marks = np.array(flat, np.int64).reshape(-1, 2)
    np.add.at(change, marks[:, 0], 1)
    np.add.at(change, marks[:, 1], -1)
    before = offsets_from_sizes((np.cumsum(change)[:-1] > 0).astype(np.int64))
    shift = np.repeat(bounds[:-1], np.diff(tokens.offsets))
    marked: npt.NDArray[np.bool_] = before[tokens.ends + shift] > before[tokens.starts + shift]
    return marked


def plausibility(
    marked: npt.NDArray[np.bool_],
    token_offsets: npt.NDArray[np.int64],
    pairs: Pairs,
    ranks: npt.NDArray[np.int64],
    included: npt.NDArray[np.bool_],
) -> Plausibility:
    """Average precision of the ranking, and F1 of its first k tokens, k being the number of marked ones.

    So precision, recall and F1 are one number. `marked` [tokens]; `included` [pairs] says which pairs count.
    """
    gold = marked[ragged_index(token_offsets, pairs.documents)]
    row_id, number = pairs.row_ids, len(pairs.documents)
    total = np.bincount(row_id[gold], minlength=number)
    order = np.lexsort((ranks, row_id))
    hits = np.cumsum(gold[order])
    first = offsets_from_sizes(total)[:-1]
    precision = (hits - np.repeat(first, pairs.sizes)) / (ranks[order] + 1)
    summed = np.bincount(row_id[order][gold[order]], precision[gold[order]], number)
    found = np.bincount(row_id[gold & (ranks < np.repeat(total, pairs.sizes))], minlength=number)
    divisor = np.where((total > 0) & included, total, np.nan)
    return Plausibility(summed / divisor, found / divisor)
