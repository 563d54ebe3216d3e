from __future__ import annotations

import numpy as np
import pytest

from benchmarks.answers import accuracy, best_threshold, encode_targets, macro_f1, micro_f1

EXPECTED = np.array([[True, False], [True, True], [False, True], [True, False]])
GIVEN = np.array([[True, False], [True, False], [True, True], [False, False]])


@pytest.mark.parametrize(
    ("labels", "separator", "expected"),
    [
        (["b", "a"], None, [[False, True], [True, False]]),
        (["a|b", "b"], "|", [[True, True], [False, True]]),
    ],
)
def test_a_label_is_one_or_several_that_a_separator_parts(
    labels: list[str], separator: str | None, expected: list[list[bool]]
) -> None:
    assert encode_targets(labels, ["a", "b"], separator).tolist() == expected


def test_accuracy_counts_the_likeliest_label() -> None:
    probabilities = np.array([[0.6, 0.4], [0.3, 0.7]], dtype=np.float32)
    assert accuracy(probabilities, np.array([[True, False], [True, False]])) == 0.5


def test_micro_f1_counts_all_pairs_alike() -> None:
    # Given 4 pairs, expected 5, both 3.
    assert micro_f1(GIVEN, EXPECTED) == pytest.approx(6 / 9)


def test_macro_f1_counts_all_labels_alike() -> None:
    # First label: given 3, expected 3, both 2. Second: given 1, expected 2, both 1.
    assert macro_f1(GIVEN, EXPECTED) == pytest.approx((4 / 6 + 2 / 3) / 2)


def test_f1_of_nothing_is_zero() -> None:
    nothing = np.zeros((2, 2), dtype=np.bool_)
    assert micro_f1(nothing, nothing) == 0.0


def test_the_best_threshold_is_the_lowest_with_the_highest_f1() -> None:
    probabilities = np.array([[0.32, 0.12], [0.41, 0.22]], dtype=np.float32)
    assert best_threshold(probabilities, np.array([[True, False], [True, False]])) == 0.25
