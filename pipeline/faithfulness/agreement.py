"""The pairs of document and label on which the methods are compared, the same for each method."""
# MERGED: Spearman's correlation between two rankings of the same tokens.

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, ragged_index, row_ids, row_positions
from camlode.pipeline.records import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.pipeline.records import Importances


@dataclass(frozen=True, slots=True)
class Pairs:
    """Documents and labels [pairs], sorted; `offsets` [pairs + 1] index into flat scores, one a token."""

    documents: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Tokens of each pair's document."""
        return np.diff(self.offsets)

    @property
    def row_ids(self) -> npt.NDArray[np.int64]:
        """The pair of each score."""
        return row_ids(self.offsets)


def intersect_pairs(answers: Sequence[Importances]) -> tuple[Pairs, list[npt.NDArray[np.float64]]]:
    """The pairs that every method explained, and each method's scores of their tokens, in logits.

    A document for which one method's scores are no finite numbers is left out for all.
    """
    labels = 1 + max((int(answer.labels.max(initial=0)) for answer in answers), default=0)
    keys = [answer.documents.astype(np.int64) * labels + answer.labels for answer in answers]
    shared: npt.NDArray[np.int64] = reduce(np.intersect1d, keys)
    rows = [np.argsort(key)[np.searchsorted(np.sort(key), shared)] for key in keys]
    sizes = np.diff(answers[0].offsets)[rows[0]]
    pairs = Pairs(shared // labels, shared % labels, offsets_from_sizes(sizes))
    return pairs, [
        np.float64(IMPORTANCE_UNIT) * answer.values[ragged_index(answer.offsets, row)].astype(np.float64)
        for answer, row in zip(answers, rows, strict=True)
    ]


def rank_tokens(values: npt.NDArray[np.float64], pairs: Pairs, ties: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Each token's rank in its pair: 0 is the highest score; `ties` [scores], drawn by chance, part equal scores."""
    order = np.lexsort((ties, -values, pairs.row_ids))
    ranks = np.empty(len(values), np.int64)
    ranks[order] = row_positions(pairs.sizes)
    return ranks


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
    place = row_positions(pairs.sizes)
    new = (np.diff(row_id[order], prepend=-1) != 0) | (np.diff(values[order], prepend=np.nan) != 0)
    group = np.cumsum(new) - 1
    means = np.bincount(group, place) / np.bincount(group)
    ranks = np.empty(len(values))
    ranks[order] = means[group]
    return ranks - np.repeat((pairs.sizes - 1) / 2, pairs.sizes)
