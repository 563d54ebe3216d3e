"""Picking candidates one after the other, without near-duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rules.evidence import Evidence

    IntArray = npt.NDArray[np.int64]

NEAR_DUPLICATE_SHARE = 0.9
"""Two candidates are near-duplicates where they share so much of the texts that either is in."""


def select_best_per_label(evidence: Evidence, gain: Any, free: Any, wanted: Sequence[int]) -> list[IntArray]:
    """Of each label so many free candidates of the highest gain; a text goes to the label it gains most in."""
    numbers = np.flatnonzero(free)
    numbers = numbers[np.argsort(-gain[numbers], kind="stable")]
    _, first = np.unique(evidence.columns[numbers], return_index=True)
    numbers = numbers[np.sort(first)]
    own = evidence.labels[numbers]
    return [numbers[own == label][:many] for label, many in enumerate(wanted)]


def pick_greedily(fired: Any, worth: Any, scale: Any, wanted: int, discount: float) -> IntArray:
    """Rows of `fired` [candidates, texts] one after the other, each for what the texts are still worth."""
    worth, free = worth.copy(), np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    while len(taken) < wanted and free.any():
        sums = fired @ worth
        gains = np.where(free & (sums > 0), sums * np.abs(sums) / scale, 0.0)
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        taken.append(best)
        free &= _is_distinct(fired, best)
        worth[fired.indices[fired.indptr[best] : fired.indptr[best + 1]]] *= discount
    return np.array(taken, dtype=np.int64)


def find_near_duplicates(fired: Any, before: Any) -> Any:
    """Which rows of `fired` [candidates, texts] are near-duplicates of a row of `before` [chosen, texts]."""
    shared = (fired @ before.T).toarray()
    return (shared >= NEAR_DUPLICATE_SHARE * (np.diff(fired.indptr)[:, None] + np.diff(before.indptr) - shared)).any(
        axis=1
    )


def drop_near_duplicates(fired: Any, wanted: int) -> IntArray:
    """The first rows of `fired` [candidates, texts] that are no near-duplicates of those before."""
    free = np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    for row in range(len(free)):
        if free[row] and len(taken) < wanted:
            taken.append(row)
            free &= _is_distinct(fired, row)
    return np.array(taken, dtype=np.int64)


def _is_distinct(fired: Any, row: int) -> Any:
    """Which rows are no near-duplicates of one [candidates]."""
    there = np.zeros(fired.shape[1], dtype=np.float32)
    there[fired.indices[fired.indptr[row] : fired.indptr[row + 1]]] = 1
    shared, sizes = fired @ there, np.diff(fired.indptr)
    return shared < NEAR_DUPLICATE_SHARE * (sizes + sizes[row] - shared)
