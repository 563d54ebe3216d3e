from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.attribution.decision import Decision, rank_labels, to_label_logits, to_label_probabilities

HALF = 1 / (1 + np.exp(-1.0))


def run_ranking(decision: Decision, probabilities: list[list[float]], requested_labels: list[int] | None = None) -> Any:
    flags = np.isin(np.arange(decision.size), requested_labels or [])
    values = np.array(probabilities, "float32")
    labels, most = rank_labels(values, values, decision, flags)
    return np.asarray(labels).T.tolist(), int(most)


@pytest.mark.parametrize(
    ("task", "threshold", "expected"),
    [
        ("multiclass", 0.0, ([[1, -1, -1], [0, -1, -1]], 1)),
        ("multiclass", 0.75, ([[1, -1, -1], [-1, -1, -1]], 1)),
        ("multilabel", 0.5, ([[1, 2, -1], [0, -1, -1]], 2)),
        ("multilabel", 0.95, ([[-1, -1, -1], [-1, -1, -1]], 0)),
    ],
)
def test_labels_that_reach_their_threshold_by_falling_score(
    keras: Any, task: Any, threshold: float, expected: Any
) -> None:
    assert run_ranking(Decision(task, (threshold,) * 3), [[0.1, 0.9, 0.5], [0.7, 0.2, 0.1]]) == expected


def test_each_label_has_its_own_threshold(keras: Any) -> None:
    assert run_ranking(Decision("multilabel", (0.8, 0.3)), [[0.7, 0.4], [0.8, 0.2]]) == ([[1, -1], [0, -1]], 1)


@pytest.mark.parametrize("task", ["multiclass", "multilabel"])
def test_requested_labels_are_ranked_instead_of_predicted_ones(keras: Any, task: Any) -> None:
    assert run_ranking(Decision(task, (0.9,) * 3), [[0.1, 0.9, 0.5]], requested_labels=[0, 2]) == ([[2, 0, -1]], 2)


@pytest.mark.parametrize(
    ("activation", "task", "answer", "expected"),
    [
        # The model's own probabilities are kept, whatever the task.
        ("softmax", "multilabel", [[0.25, 0.75]], [[0.25, 0.75]]),
        ("sigmoid", "multiclass", [[0.25, 0.25]], [[0.25, 0.25]]),
        ("sigmoid", "multiclass", [[0.25]], [[0.75, 0.25]]),
        ("linear", "multiclass", [[1, 1]], [[0.5, 0.5]]),
        ("linear", "multilabel", [[0, 1]], [[0.5, HALF]]),
        ("linear", "multiclass", [[1]], [[1 - HALF, HALF]]),
    ],
)
def test_probabilities_of_an_answer(keras: Any, activation: str, task: Any, answer: Any, expected: Any) -> None:
    result = to_label_probabilities(np.array(answer, "float32"), activation, Decision(task, (0.5, 0.5)))
    np.testing.assert_allclose(result, expected, rtol=1e-6)


def test_a_single_logit_counts_against_the_first_label_and_for_the_second(keras: Any) -> None:
    assert np.asarray(to_label_logits(np.array([[2.0]], "float32"), 2)).tolist() == [[-2, 2]]


def test_a_single_label_keeps_its_logit(keras: Any) -> None:
    assert np.asarray(to_label_logits(np.array([[2.0]], "float32"), 1)).tolist() == [[2]]
