"""Spearman's correlation between two rankings of the same tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.pairs import Pairs


def spearman(before: npt.NDArray[np.float64], after: npt.NDArray[np.float64], pairs: Pairs) -> npt.NDArray[np.float64]:
    """The correlation of the ranks [pairs], equal scores sharing their mean rank.

    NaN where `before` ranks nothing (all scores alike); 0 where only `after` does, for then no ranking is left.
    """
    first, second = _mean_centred_ranks(before, pairs), _mean_centred_ranks(after, pairs)
    number, row_id = len(pairs.sizes), pairs.row_ids
    products = np.bincount(row_id, first * second, number)
    own, other = np.bincount(row_id, first**2, number), np.bincount(row_id, second**2, number)
    norm = np.sqrt(own * other)
    found = np.divide(products, norm, out=np.zeros(number), where=norm > 0)
    return np.where(own > 0, found, np.nan)


def _mean_centred_ranks(values: npt.NDArray[np.float64], pairs: Pairs) -> npt.NDArray[np.float64]:
    row_id = pairs.row_ids
    order = np.lexsort((values, row_id))
    place = np.arange(len(values)) - np.repeat(pairs.offsets[:-1], pairs.sizes)
    new = (np.diff(row_id[order], prepend=-1) != 0) | (np.diff(values[order], prepend=np.nan) != 0)
    group = np.cumsum(new) - 1
    means = np.bincount(group, place) / np.bincount(group)
    ranks = np.empty(len(values))
    ranks[order] = means[group]
    return ranks - np.repeat((pairs.sizes - 1) / 2, pairs.sizes)
