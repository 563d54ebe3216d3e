from __future__ import annotations

import numpy as np
import pytest

from rules.evaluating.measures import MEASURES, by_text, measured, sums_of
from rules.evaluating.outcomes import outcomes

# Three texts, and the labels a, b, c, of which nobody says c.
ANSWERED = [["a"], ["a", "b"], []]
EXPECTED = [["a"], ["b"], ["b"]]


def test_what_others_say_too_gets_a_place_behind_the_known_labels() -> None:
    found = outcomes([["z"], ["b"]], [["b"], ["k"]], ["b", "a"])
    assert found.labels == ("b", "a", "k", "z")
    assert found.answered.astype(int).tolist() == [[0, 0, 0, 1], [1, 0, 0, 0]]
    assert found.expected.astype(int).tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]


def test_measures_worked_out_by_hand() -> None:
    found = outcomes(ANSWERED, EXPECTED, "abc")
    assert measured("accuracy", found) == pytest.approx(1 / 3)
    # a: 1 hit, 2 answered, 1 expected. b: 1 hit, 1 answered, 2 expected. c has no F1.
    assert measured("micro_f1", found) == pytest.approx(2 * 2 / 6)
    assert measured("macro_f1", found) == pytest.approx(2 / 3)


def test_they_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, f1_score

    draw = np.random.default_rng(0)
    answered, expected = (draw.random((50, 4)) < 0.4 for _ in range(2))
    names = [[[*"abcd"][place] for place in np.flatnonzero(row)] for row in (*answered, *expected)]
    found = outcomes(names[:50], names[50:], "abcd")
    assert measured("accuracy", found) == accuracy_score(expected, answered)
    for average in ("micro", "macro"):
        assert measured(f"{average}_f1", found) == pytest.approx(f1_score(expected, answered, average=average))


def test_nothing_said_and_nothing_expected_is_no_number() -> None:
    found = outcomes([[]], [[]], ["a"])
    assert measured("accuracy", found) == 1.0
    assert np.isnan([measured("micro_f1", found), measured("macro_f1", found)]).all()


@pytest.mark.parametrize("name", MEASURES)
def test_many_sums_are_measured_at_once_as_each_alone(name: str) -> None:
    added = by_text(outcomes(ANSWERED, EXPECTED, "abc"))
    together = MEASURES[name](sums_of(np.stack([added.sum(axis=0), added[0], added[1]])))
    alone = [float(MEASURES[name](sums_of(each))) for each in (added.sum(axis=0), added[0], added[1])]
    assert together.tolist() == pytest.approx(alone)
