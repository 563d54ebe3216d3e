"""What the model says as tokens are taken away, or brought back, in the order of a method's ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.faithfulness.ragged import ragged_index
from pipeline.faithfulness.removal import predict_variants

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.faithfulness.pairs import Pairs
    from pipeline.faithfulness.removal import ProbabilityModel, TextVariants

TOP_SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Shares of a text's tokens over which comprehensiveness and sufficiency are averaged."""

CURVE_SHARES = tuple(step / 10 for step in range(11))
"""Shares of a text's tokens at which the deletion and insertion curves are measured."""


class Fidelity(NamedTuple):
    """One number a pair, all in probabilities: high is good in the first and the last, low in the others."""

    comprehensiveness: npt.NDArray[np.float64]
    sufficiency: npt.NDArray[np.float64]
    deletion: npt.NDArray[np.float64]
    insertion: npt.NDArray[np.float64]


def measure_fidelity(
    classifier: ProbabilityModel, texts: TextVariants, pairs: Pairs, ranks: npt.NDArray[np.int64]
) -> Fidelity:
    """Measures a ranking: `ranks` [scores] are those of `ranked`.

    Each number of tokens is looked at once a pair, however many shares come to it.
    """
    counts = np.concatenate([top_counts(pairs.sizes), curve_counts(pairs.sizes)], axis=1)
    without, only = _probabilities(classifier, texts, pairs, ranks, counts)
    top = len(TOP_SHARES)
    full = without[:, top : top + 1]
    shares = counts[:, top:] / pairs.sizes[:, None]
    return Fidelity(
        comprehensiveness=(full - without[:, :top]).mean(axis=1),
        sufficiency=(full - only[:, :top]).mean(axis=1),
        deletion=_area_under_curve(without[:, top:], shares),
        insertion=_area_under_curve(only[:, top:], shares),
    )


def top_counts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many tokens TOP_SHARES are [pairs, shares]: rounded up, so at least one."""
    # Less a trifle: 0.1 of 30 is 3, though it comes out a little above.
    counts: npt.NDArray[np.int64] = np.ceil(np.outer(sizes, TOP_SHARES) - 1e-9).astype(np.int64)
    return counts


def curve_counts(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """How many tokens the shares of GRID are [pairs, shares]: rounded, from none to all."""
    counts: npt.NDArray[np.int64] = np.rint(np.outer(sizes, CURVE_SHARES)).astype(np.int64)
    return counts


def _area_under_curve(heights: npt.NDArray[np.float64], shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The area under each row, between 0 and 1."""
    return np.asarray(np.trapezoid(heights, shares, axis=1), np.float64)


def _probabilities(
    classifier: ProbabilityModel,
    texts: TextVariants,
    pairs: Pairs,
    ranks: npt.NDArray[np.int64],
    counts: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The label's probability without the first `counts` tokens, and with these alone, both [pairs, counts]."""
    most = int(counts.max()) + 1
    codes, inverse = np.unique(np.arange(len(counts))[:, None] * most + counts, return_inverse=True)
    rows, tops = np.tile(codes // most, 2), np.tile(codes % most, 2)
    alone = np.arange(len(rows)) >= len(codes)

    def keep(variants: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        sizes = pairs.sizes[rows[variants]]
        first = ranks[ragged_index(pairs.offsets, rows[variants])] < np.repeat(tops[variants], sizes)
        kept: npt.NDArray[np.bool_] = first == np.repeat(alone[variants], sizes)
        return kept

    variant_probabilities = predict_variants(classifier, texts, pairs.documents[rows], keep)
    label_probabilities = variant_probabilities[np.arange(len(rows)), pairs.labels[rows]].astype(np.float64)
    without, only = label_probabilities.reshape(2, -1)[:, inverse.reshape(counts.shape)]
    return without, only
