"""How sure a measure is, and whether one classifier is better than another on the same texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.bootstrap import Bootstrap, Interval, around
from rules.evaluating.measures import MEASURES, by_text, measured, sums_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from rules.evaluating.outcomes import Outcomes


def resamples(texts: int, seed: int = 0) -> Bootstrap:
    """Resamples of so many texts, for all classifiers that answered for them."""
    return Bootstrap(np.arange(texts), seed=seed)


def interval(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> Interval:
    """A measure, a key of MEASURES, with the 95 % percentile interval of the resampled texts."""
    return _around(measured(name, outcomes), _resampled(name, outcomes, bootstrap))


def difference(name: str, one: Outcomes, other: Outcomes, bootstrap: Bootstrap) -> Interval:
    """By how much a measure of `one` is above that of `other`, which answered for the same texts in the same order.

    Each resample draws the same texts for both (the paired bootstrap of Koehn 2004), so that the interval is without 0
    where they differ by more than chance.

    Raises:
        ValueError: the texts are not the same.
    """
    if len(one.expected) != len(other.expected):
        raise ValueError(f"expected outcomes of the same texts, got {len(one.expected)} and {len(other.expected)}")
    drawn = _resampled(name, one, bootstrap) - _resampled(name, other, bootstrap)
    return _around(measured(name, one) - measured(name, other), drawn)


def _around(value: float, resampled: npt.NDArray[np.float64]) -> Interval:
    """Without the resamples in which the measure is not defined."""
    return around(value, resampled[~np.isnan(resampled)])


def _resampled(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> npt.NDArray[np.float64]:
    return MEASURES[name](sums_of(bootstrap.sums(by_text(outcomes))))
