"""Confidence intervals of a rule set's measures, and of their differences to another's on the same texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from camlode.config.errors import RulesError
from camlode.pipeline.bootstrap import Bootstrap, ConfidenceInterval, percentile_interval
from camlode.rules.evaluation.evaluate import predict_outcomes
from camlode.rules.evaluation.measures import MEASURES, compute_measure, count_per_text, unpack_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import FloatArray
    from camlode.rules.evaluation.evaluate import Labels
    from camlode.rules.evaluation.measures import Outcomes, Predictor

_MEASURE_NAMES = {"multiclass": ("accuracy", "macro_f1"), "multilabel": ("accuracy", "micro_f1", "macro_f1")}


@dataclass(frozen=True, slots=True)
class MeasureIntervals:
    """A measure with its 95 % interval, and its difference to the baseline's if there is one."""

    measure: ConfidenceInterval
    difference: ConfidenceInterval | None


def confidence_intervals(
    classifier: Predictor, texts: Sequence[str], labels: Labels, *, baseline: Predictor | None = None
) -> dict[str, MeasureIntervals]:
    """Compute the intervals of the measures that can be resampled, by name.

    baseline: a classifier to compare with, on the same texts and resamples.

    Raises:
        RulesError: one of the classifiers is multiclass and the other multilabel, or what
            `camlode.rules.evaluation.evaluate.evaluate` raises.
    """
    task = classifier.rule_set_.task
    if baseline is not None and baseline.rule_set_.task != task:
        raise RulesError(f"the baseline's rules are {baseline.rule_set_.task}: expected {task} ones, as the others are")
    outcomes = predict_outcomes(classifier, texts, labels)
    baseline_outcomes = None if baseline is None else predict_outcomes(baseline, texts, labels)
    bootstrap = make_bootstrap(len(outcomes.expected))
    return {
        name: MeasureIntervals(
            measure_interval(name, outcomes, bootstrap),
            None if baseline_outcomes is None else difference_interval(name, outcomes, baseline_outcomes, bootstrap),
        )
        for name in _MEASURE_NAMES[task]
    }


def make_bootstrap(texts: int, seed: int = 0) -> Bootstrap:
    """Resamples of this number of texts, the same for all classifiers that are compared on them."""
    return Bootstrap(np.arange(texts), seed=seed)


def measure_interval(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """A measure, a key of MEASURES, with its 95 % percentile interval over resampled texts."""
    return _percentile_interval(compute_measure(name, outcomes), _resample_measure(name, outcomes, bootstrap))


def difference_interval(name: str, one: Outcomes, other: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """The difference of a measure between `one` and `other`, on the same texts in the same order.

    Each resample draws the same texts for both (the paired bootstrap of Koehn 2004), so the interval excludes 0 if they
    differ by more than chance.

    Raises:
        ValueError: the numbers of texts differ.
    """
    if len(one.expected) != len(other.expected):
        raise ValueError(f"expected outcomes of the same texts, got {len(one.expected)} and {len(other.expected)}")
    resampled = _resample_measure(name, one, bootstrap) - _resample_measure(name, other, bootstrap)
    return _percentile_interval(compute_measure(name, one) - compute_measure(name, other), resampled)


def _percentile_interval(value: float, resampled: FloatArray) -> ConfidenceInterval:
    # A resample without a label has no F1 of it.
    return percentile_interval(value, resampled[~np.isnan(resampled)])


def _resample_measure(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> FloatArray:
    return MEASURES[name](unpack_sums(bootstrap.sums(count_per_text(outcomes))))
