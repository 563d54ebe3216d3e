from __future__ import annotations

import numpy as np
import pytest

from camlode.rules.evaluation.intervals import difference_interval, make_bootstrap, measure_interval
from camlode.rules.evaluation.measures import Outcomes, make_outcomes


def outcomes_from(*right: bool) -> Outcomes:
    """One label each: "a" should be said, and is where it is right."""
    return make_outcomes([["a" if each else "b"] for each in right], [["a"]] * len(right), "ab")


def test_the_interval_of_an_accuracy_has_the_ends_of_what_two_texts_can_give() -> None:
    # A draw of two gives 0, 0.5 or 1, each extreme a quarter of the times.
    found = measure_interval("accuracy", outcomes_from(True, False), make_bootstrap(2))
    assert (found.mean, found.low, found.high) == (0.5, 0.0, 1.0)


def test_the_difference_is_paired() -> None:
    # Each is right in half of the texts, but one of them always where the other is and in one text more.
    one, other = outcomes_from(*[True] * 51, *[False] * 49), outcomes_from(*[True] * 50, *[False] * 50)
    found = difference_interval("accuracy", one, other, make_bootstrap(100))
    assert found.mean == pytest.approx(0.01)
    assert 0.0 <= found.low <= found.high <= 0.04  # not paired it would reach from -0.13 to 0.15


def test_a_significant_difference_excludes_zero() -> None:
    one, other = outcomes_from(*[True] * 80, *[False] * 20), outcomes_from(*[True] * 60, *[False] * 40)
    found = difference_interval("accuracy", one, other, make_bootstrap(100))
    # 20 of 100 differ, all one way: 0.2 ± 1.96 · sqrt(0.2 · 0.8 / 100).
    assert found.low == pytest.approx(0.2 - 0.078, abs=0.015)
    assert found.high == pytest.approx(0.2 + 0.078, abs=0.015)


@pytest.mark.parametrize("name", ["accuracy", "micro_f1", "macro_f1"])
def test_a_classifier_does_not_differ_from_itself(name: str) -> None:
    same = outcomes_from(True, False, True)
    found = difference_interval(name, same, same, make_bootstrap(3))
    assert (found.mean, found.low, found.high) == (0.0, 0.0, 0.0)


def test_f1_is_resampled_from_its_sums() -> None:
    # Both texts should be a, one is: F1 2 · 1 / (1 + 2). Two draws of the first give 1, of the second 0.
    found = measure_interval("micro_f1", make_outcomes([["a"], []], [["a"], ["a"]], "a"), make_bootstrap(2))
    assert (found.mean, found.low, found.high) == (pytest.approx(2 / 3), 0.0, 1.0)


def test_resamples_in_which_nothing_is_defined_are_left_out() -> None:
    found = measure_interval("micro_f1", make_outcomes([["a"], []], [["a"], []], "a"), make_bootstrap(2))
    assert (found.mean, found.low, found.high) == (1.0, 1.0, 1.0)


def test_outcomes_of_other_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="expected outcomes of the same texts, got 1 and 2"):
        difference_interval("accuracy", outcomes_from(True), outcomes_from(True, True), make_bootstrap(1))


def test_the_same_seed_gives_the_same_interval() -> None:
    some = outcomes_from(*(np.random.default_rng(0).random(500) < 0.5).tolist())
    first, again, other = (measure_interval("macro_f1", some, make_bootstrap(500, seed)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
