"""How far a ranking agrees with the spans that people marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.faithfulness.ragged import offsets_of, rows_index

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


def marked_tokens(
    tokens: Tokens, lengths: npt.NDArray[np.int64], spans: Sequence[Spans | None]
) -> npt.NDArray[np.bool_]:
    """Which tokens share a character with a span of their document; `lengths` [documents] are the texts'."""
    bounds = offsets_of(lengths)
    change = np.zeros(bounds[-1] + 1, np.int64)
    flat = [(bounds[row] + start, bounds[row] + end) for row, each in enumerate(spans) for start, end in each or ()]
    marks = np.array(flat, np.int64).reshape(-1, 2)
    np.add.at(change, marks[:, 0], 1)
    np.add.at(change, marks[:, 1], -1)
    before = offsets_of((np.cumsum(change)[:-1] > 0).astype(np.int64))
    shift = np.repeat(bounds[:-1], np.diff(tokens.offsets))
    marked: npt.NDArray[np.bool_] = before[tokens.ends + shift] > before[tokens.starts + shift]
    return marked


def plausibility(
    marked: npt.NDArray[np.bool_],
    token_offsets: npt.NDArray[np.int64],
    pairs: Pairs,
    ranks: npt.NDArray[np.int64],
    counts: npt.NDArray[np.bool_],
) -> Plausibility:
    """Average precision of the ranking, and F1 of its first k tokens, k being the number of marked ones.

    So precision, recall and F1 are one number. `marked` [tokens]; `counts` [pairs] says which pairs count.
    """
    gold = marked[rows_index(token_offsets, pairs.documents)]
    owner, number = pairs.owners, len(pairs.documents)
    total = np.bincount(owner[gold], minlength=number)
    order = np.lexsort((ranks, owner))
    hits = np.cumsum(gold[order])
    first = offsets_of(total)[:-1]
    precision = (hits - np.repeat(first, pairs.sizes)) / (ranks[order] + 1)
    summed = np.bincount(owner[order][gold[order]], precision[gold[order]], number)
    found = np.bincount(owner[gold & (ranks < np.repeat(total, pairs.sizes))], minlength=number)
    divisor = np.where((total > 0) & counts, total, np.nan)
    return Plausibility(summed / divisor, found / divisor)
