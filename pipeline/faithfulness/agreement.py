"""Pairs of document and label that all methods explained, and the rankings of their tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index, row_ids, row_positions
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import FloatArray, IntArray
    from camlode.pipeline.records import Importances


@dataclass(frozen=True, slots=True)
class Pairs:
    """Documents and labels [pairs], sorted.

    A score is one of a pair's token; all scores are flat, and pair i has those at `offsets[i]` to `offsets[i + 1]`.
    """

    documents: IntArray
    labels: IntArray
    offsets: IntArray

    @property
    def sizes(self) -> IntArray:
        """The number of tokens of each pair's document [pairs]."""
        return np.diff(self.offsets)

    @property
    def row_ids(self) -> IntArray:
        """The pair of each score [scores]."""
        return row_ids(self.offsets)


def intersect_pairs(importances: Sequence[Importances]) -> tuple[Pairs, list[FloatArray]]:
    """Find the pairs that every method explained, and each method's scores of their tokens in logits.

    A document for which the scores of one method are not finite is left out for all.
    """
    labels = 1 + max((int(each.labels.max(initial=0)) for each in importances), default=0)
    keys = [each.documents.astype(np.int64) * labels + each.labels for each in importances]
    shared: IntArray = reduce(np.intersect1d, keys)
    rows = [np.argsort(key)[np.searchsorted(np.sort(key), shared)] for key in keys]
    sizes = np.diff(importances[0].offsets)[rows[0]]
    pairs = Pairs(shared // labels, shared % labels, offsets_from_sizes(sizes))
    return pairs, [
        np.float64(IMPORTANCE_UNIT) * each.values[ragged_index(each.offsets, row)].astype(np.float64)
        for each, row in zip(importances, rows, strict=True)
    ]


def rank_tokens(values: FloatArray, pairs: Pairs, ties: FloatArray) -> IntArray:
    """Rank the tokens of each pair [scores]: 0 is the highest value; random numbers `ties` [scores] break ties."""
    order = np.lexsort((ties, -values, pairs.row_ids))
    ranks = np.empty(len(values), np.int64)
    ranks[order] = row_positions(pairs.sizes)
    return ranks


def spearman(before: FloatArray, after: FloatArray, pairs: Pairs) -> FloatArray:
    """Spearman's correlation of two scores of the same tokens [pairs]; equal scores share their mean rank.

    NaN if all scores of `before` are equal; 0 if only those of `after` are, because no ranking is left.
    """
    first, second = _mean_centred_ranks(before, pairs), _mean_centred_ranks(after, pairs)
    number, row_id = len(pairs.sizes), pairs.row_ids
    products = np.bincount(row_id, first * second, number)
    norm_before, norm_after = np.bincount(row_id, first**2, number), np.bincount(row_id, second**2, number)
    norm = np.sqrt(norm_before * norm_after)
    correlations = np.divide(products, norm, out=np.zeros(number), where=norm > 0)
    return np.where(norm_before > 0, correlations, np.nan)


def _mean_centred_ranks(values: FloatArray, pairs: Pairs) -> FloatArray:
    # All pairs at once: scipy.stats.spearmanr would take a call for each pair.
    row_id = pairs.row_ids
    order = np.lexsort((values, row_id))
    position = row_positions(pairs.sizes)
    new = (np.diff(row_id[order], prepend=-1) != 0) | (np.diff(values[order], prepend=np.nan) != 0)
    group = np.cumsum(new) - 1
    means = np.bincount(group, position) / np.bincount(group)
    ranks = np.empty(len(values))
    ranks[order] = means[group]
    return ranks - np.repeat((pairs.sizes - 1) / 2, pairs.sizes)
