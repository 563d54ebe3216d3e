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
    first, second = _centred_ranks(before, pairs), _centred_ranks(after, pairs)
    number, owner = len(pairs.sizes), pairs.owners
    products = np.bincount(owner, first * second, number)
    own, other = np.bincount(owner, first**2, number), np.bincount(owner, second**2, number)
    norm = np.sqrt(own * other)
    found = np.divide(products, norm, out=np.zeros(number), where=norm > 0)
    return np.where(own > 0, found, np.nan)


def _centred_ranks(values: npt.NDArray[np.float64], pairs: Pairs) -> npt.NDArray[np.float64]:
    owner = pairs.owners
    order = np.lexsort((values, owner))
    place = np.arange(len(values)) - np.repeat(pairs.offsets[:-1], pairs.sizes)
    new = (np.diff(owner[order], prepend=-1) != 0) | (np.diff(values[order], prepend=np.nan) != 0)
    group = np.cumsum(new) - 1
    means = np.bincount(group, place) / np.bincount(group)
    ranks = np.empty(len(values))
    ranks[order] = means[group]
    return ranks - np.repeat((pairs.sizes - 1) / 2, pairs.sizes)
