"""Intervals of means and of what is made of sums, by drawing the documents anew (Efron 1979)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

RESAMPLES = 2000

_RESAMPLES_PER_CHUNK = 100
"""Resamples that are drawn, and added up, at once: of all together there is only a byte a document."""


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """A value, such as a mean, and the interval that holds 95 % of the resampled values."""

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
        draw = np.random.default_rng(seed).multinomial
        # A document drawn 256 times is no more to be expected than all documents being the same one.
        parts = [
            draw(self._count, shares, _RESAMPLES_PER_CHUNK).astype(np.uint8)
            for _ in range(RESAMPLES // _RESAMPLES_PER_CHUNK)
        ]
        self._draw_counts = np.concatenate(parts)

    def interval(self, values: FloatArray) -> ConfidenceInterval | None:
        """The mean of `values` [pairs] with its interval; NaNs are left out, None where nothing is left."""
        defined = ~np.isnan(values)
        if not defined.any():
            return None
        sums = np.bincount(self._document[defined], values[defined], self._count)
        counts = np.bincount(self._document[defined], minlength=self._count)
        sampled = self.sums(np.stack([sums, counts], axis=1))
        sampled = sampled[sampled[:, 1] > 0]
        return percentile_interval(float(values[defined].mean()), sampled[:, 0] / sampled[:, 1])

    def sums(self, values: FloatArray) -> FloatArray:
        """What `values` [documents, columns] add up to in each resample: [resamples, columns].

        Documents are in the order of what they were called.
        """
        parts = np.split(self._draw_counts, RESAMPLES // _RESAMPLES_PER_CHUNK)
        return np.concatenate([part.astype(np.float64) @ values for part in parts])


def percentile_interval(value: float, resampled: FloatArray) -> ConfidenceInterval:
    """A value and the interval of its resampled values."""
    low, high = np.quantile(resampled, [0.025, 0.975])
    return ConfidenceInterval(value, float(low), float(high))
