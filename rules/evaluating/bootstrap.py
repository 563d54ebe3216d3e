"""How sure a measure is, and whether one classifier is better than another on the same texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.bootstrap import Bootstrap, ConfidenceInterval, percentile_interval
from rules.evaluating.measures import MEASURES, compute_measure, count_per_text, unpack_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from rules.evaluating.outcomes import Outcomes


def make_bootstrap(texts: int, seed: int = 0) -> Bootstrap:
    """Resamples of so many texts, for all classifiers that answered for them."""
    return Bootstrap(np.arange(texts), seed=seed)


def measure_interval(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """A measure, a key of MEASURES, with the 95 % percentile interval of the resampled texts."""
    return _percentile_interval(compute_measure(name, outcomes), _resample_measure(name, outcomes, bootstrap))


def difference(name: str, one: Outcomes, other: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """By how much a measure of `one` is above that of `other`, which answered for the same texts in the same order.

    Each resample draws the same texts for both (the paired bootstrap of Koehn 2004), so that the interval is without 0
    where they differ by more than chance.

    Raises:
        ValueError: the texts are not the same.
    """
    if len(one.expected) != len(other.expected):
        raise ValueError(f"expected outcomes of the same texts, got {len(one.expected)} and {len(other.expected)}")
    drawn = _resample_measure(name, one, bootstrap) - _resample_measure(name, other, bootstrap)
    return _percentile_interval(compute_measure(name, one) - compute_measure(name, other), drawn)


def _percentile_interval(value: float, resampled: npt.NDArray[np.float64]) -> ConfidenceInterval:
    """Without the resamples in which the measure is not defined."""
    return percentile_interval(value, resampled[~np.isnan(resampled)])


def _resample_measure(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> npt.NDArray[np.float64]:
    return MEASURES[name](unpack_sums(bootstrap.sums(count_per_text(outcomes))))
