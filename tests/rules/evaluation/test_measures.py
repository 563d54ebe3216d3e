from __future__ import annotations

import numpy as np
import pytest

from camlode.rules.evaluation.measures import MEASURES, compute_measure, count_per_text, make_outcomes, unpack_sums

# Three texts, and the labels a, b, c, of which nobody says c.
ANSWERED = [["a"], ["a", "b"], []]
EXPECTED = [["a"], ["b"], ["b"]]


def test_what_others_say_too_gets_a_place_behind_the_known_labels() -> None:
    found = make_outcomes([["z"], ["b"]], [["b"], ["k"]], ["b", "a"])
    assert found.labels == ("b", "a", "k", "z")
    assert found.predicted.astype(int).tolist() == [[0, 0, 0, 1], [1, 0, 0, 0]]
    assert found.expected.astype(int).tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]


def test_measures_worked_out_by_hand() -> None:
    found = make_outcomes(ANSWERED, EXPECTED, "abc")
    assert compute_measure("accuracy", found) == pytest.approx(1 / 3)
    # a: 1 hit, 2 answered, 1 expected. b: 1 hit, 1 answered, 2 expected. c has no F1.
    assert compute_measure("micro_f1", found) == pytest.approx(2 * 2 / 6)
    assert compute_measure("macro_f1", found) == pytest.approx(2 / 3)


def test_they_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, f1_score

    draw = np.random.default_rng(0)
    predicted, expected = (draw.random((50, 4)) < 0.4 for _ in range(2))
    names = [[[*"abcd"][place] for place in np.flatnonzero(row)] for row in (*predicted, *expected)]
    found = make_outcomes(names[:50], names[50:], "abcd")
    assert compute_measure("accuracy", found) == accuracy_score(expected, predicted)
    for average in ("micro", "macro"):
        assert compute_measure(f"{average}_f1", found) == pytest.approx(f1_score(expected, predicted, average=average))


def test_without_labels_a_measure_is_nan() -> None:
    found = make_outcomes([[]], [[]], ["a"])
    assert compute_measure("accuracy", found) == 1.0
    assert np.isnan([compute_measure("micro_f1", found), compute_measure("macro_f1", found)]).all()


@pytest.mark.parametrize("name", MEASURES)
def test_many_sums_are_measured_at_once_as_each_alone(name: str) -> None:
    added = count_per_text(make_outcomes(ANSWERED, EXPECTED, "abc"))
    together = MEASURES[name](unpack_sums(np.stack([added.sum(axis=0), added[0], added[1]])))
    alone = [float(MEASURES[name](unpack_sums(each))) for each in (added.sum(axis=0), added[0], added[1])]
    assert together.tolist() == pytest.approx(alone)
