"""Intervals of means, by drawing the documents anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, and the interval that holds 95 % of the resampled means."""

    mean: float
    low: float
    high: float


class Bootstrap:
    """Resamples of the documents, the same for everything that is measured: differences are paired.

    `documents` [pairs] says whose each pair is: a document is drawn with all its pairs.
    """

    def __init__(self, documents: npt.NDArray[np.int64], *, seed: int) -> None:
        self._document = np.unique(documents, return_inverse=True)[1]
        self._count = int(self._document.max()) + 1
        shares = np.full(self._count, 1 / self._count)
        self._weights = np.random.default_rng(seed).multinomial(self._count, shares, RESAMPLES).astype(np.float64)

    def interval(self, values: npt.NDArray[np.float64]) -> Interval | None:
        """The mean of `values` [pairs] with its interval; NaNs are left out, None where nothing is left."""
        defined = ~np.isnan(values)
        if not defined.any():
            return None
        sums = np.bincount(self._document[defined], values[defined], self._count)
        counts = np.bincount(self._document[defined], minlength=self._count)
        drawn = self._weights @ counts
        means = (self._weights @ sums)[drawn > 0] / drawn[drawn > 0]
        low, high = np.quantile(means, [0.025, 0.975])
        return Interval(float(values[defined].mean()), float(low), float(high))
