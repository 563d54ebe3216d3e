from __future__ import annotations

import warnings
from math import exp, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from camlode.rules.weights import Weights, fit_weights, probabilities


def sparse(rows: Any) -> Any:
    return csr_matrix(np.array(rows, np.float32))


@pytest.fixture(scope="module")
def drawn() -> tuple[Any, Any]:
    """Forty texts in which each of five rules fires by chance, and a score of three labels that hangs on them."""
    random = np.random.default_rng(7)
    firing_matrix = (random.random((40, 5)) < 0.4).astype(np.float32)
    scores = firing_matrix @ random.normal(size=(5, 3)) * 2 + random.normal(size=(40, 3))
    return firing_matrix, scores - scores.mean(axis=0)


def sklearn_weights(firing_matrix: Any, y: Any, strength: float) -> Any:
    """Of scikit-learn's logistic regression: the weights [rules, labels] and biases [labels]."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000).fit(firing_matrix, y)
    return fitted.coef_.T, fitted.intercept_


@pytest.mark.parametrize("penalty", [0.3, 1.0, 3.0])
def test_one_softmax_as_scikit_learn_has_it(drawn: Any, penalty: float) -> None:
    firing_matrix, scores = drawn
    y = scores.argmax(axis=1)
    assert np.bincount(y).min() >= 5
    found = fit_weights(sparse(firing_matrix), np.eye(3, dtype=np.bool_)[y], exclusive=True, penalty=penalty)
    rules, biases = sklearn_weights(firing_matrix, y, 1 / penalty)
    assert found.rules == pytest.approx(rules, abs=1e-3)
    # One number more for all labels changes nothing.
    assert found.biases - found.biases.mean() == pytest.approx(biases - biases.mean(), abs=1e-3)


@pytest.mark.parametrize("penalty", [0.3, 1.0, 3.0])
def test_a_sigmoid_for_each_label_as_scikit_learn_has_it(drawn: Any, penalty: float) -> None:
    firing_matrix, scores = drawn
    targets = scores > 0
    found = fit_weights(sparse(firing_matrix), targets, exclusive=False, penalty=penalty)
    for label in range(3):
        rules, biases = sklearn_weights(firing_matrix, targets[:, label], 1 / penalty)
        assert found.rules[:, label] == pytest.approx(rules[:, 0], abs=1e-3)
        assert found.biases[label] == pytest.approx(biases[0], abs=1e-3)


def test_one_rule_as_worked_out_by_hand() -> None:
    # The rule fires in n texts that have the label, and not in n others. By symmetry the bias is -w/2, and the loss
    # 2n·log(1 + exp(-w/2)) + penalty·w²/2 is least where n / (1 + exp(w/2)) = penalty·w: at w = 2 for this penalty.
    targets = np.arange(20)[:, None] < 10
    found = fit_weights(sparse(targets), targets, exclusive=False, penalty=10 / (2 * (1 + exp(1))))
    assert found.rules == pytest.approx(np.array([[2.0]]), abs=1e-3)
    assert found.biases == pytest.approx(np.array([-1.0]), abs=1e-3)


def test_one_rule_of_two_labels_as_worked_out_by_hand() -> None:
    # Half of the weight of before speaks for the one label and half against the other. Two squares of w/2 cost half of
    # one of w, so it takes twice the penalty.
    first = np.arange(20)[:, None] < 10
    targets = np.hstack([first, ~first])
    found = fit_weights(sparse(first), targets, exclusive=True, penalty=10 / (1 + exp(1)))
    assert found.rules == pytest.approx(np.array([[1.0, -1.0]]), abs=1e-3)
    assert found.biases[0] - found.biases[1] == pytest.approx(-1.0, abs=1e-3)


def test_without_rules_the_biases_are_the_shares() -> None:
    targets = np.array([[True, False]] * 3 + [[False, True]])
    nothing = sparse(np.zeros((4, 0)))
    exclusive = fit_weights(nothing, targets, exclusive=True)
    assert exclusive.rules.shape == (0, 2)
    assert exclusive.biases[0] - exclusive.biases[1] == pytest.approx(log(3), abs=1e-4)
    assert fit_weights(nothing, targets, exclusive=False).biases == pytest.approx([log(3), -log(3)], abs=1e-4)


def test_rules_that_never_fire_and_labels_without_texts() -> None:
    targets = np.array([[True, False, False]] * 2 + [[False, True, False]] * 2)
    fires = sparse([[1, 0], [1, 0], [0, 0], [0, 0]])
    for exclusive in (True, False):
        found = fit_weights(fires, targets, exclusive=exclusive)
        assert found.rules[1].tolist() == [0, 0, 0]
        assert np.isfinite(found.biases).all()
        assert probabilities(found.scores(fires), exclusive=exclusive)[:, 2].max() < 0.05


def test_scores_are_biases_and_the_weights_of_what_fires() -> None:
    weights = Weights(np.array([[1.0, -2.0], [0.5, 4.0]]), np.array([0.25, -0.25]))
    assert weights.scores(sparse([[1, 0], [1, 1], [0, 0]])).tolist() == [[1.25, -2.25], [1.75, 1.75], [0.25, -0.25]]


def test_probabilities_as_worked_out_by_hand() -> None:
    scores = np.array([[log(3), 0.0], [0.0, 0.0]])
    assert probabilities(scores, exclusive=True) == pytest.approx(np.array([[0.75, 0.25], [0.5, 0.5]]))
    assert probabilities(scores, exclusive=False) == pytest.approx(np.array([[0.75, 0.5], [0.5, 0.5]]))


@pytest.mark.parametrize("exclusive", [True, False])
def test_scores_of_any_size_are_probabilities(exclusive: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = probabilities(np.array([[1e4, -1e4], [-1e4, -1e4]]), exclusive=exclusive)
        assert probabilities(np.zeros((0, 2)), exclusive=exclusive).shape == (0, 2)
    assert found.tolist() == [[1, 0], [0.5, 0.5] if exclusive else [0, 0]]


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2)), min_size=1, max_size=12),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_no_other_weights_near_those_learned_do_better(texts: list[tuple[int, int]], exclusive: bool) -> None:
    fires = np.array([[number >> bit & 1 for bit in range(3)] for number, _ in texts], np.float32)
    targets = np.eye(3, dtype=np.bool_)[[label for _, label in texts]]

    def cost(weights: Weights) -> float:
        given = np.clip(probabilities(weights.scores(fires), exclusive=exclusive), 1e-300, 1)
        wrong = 0.0 if exclusive else -np.log(np.clip(1 - given, 1e-300, 1))[~targets].sum()
        return float(-np.log(given[targets]).sum() + wrong + (weights.rules**2).sum() / 2)

    found = fit_weights(sparse(fires), targets, exclusive=exclusive, iterations=1000)
    best = cost(found)
    random = np.random.default_rng(0)
    for _ in range(20):
        step = Weights(random.normal(size=(3, 3)) * 0.1, random.normal(size=3) * 0.1)
        assert best <= cost(Weights(found.rules + step.rules, found.biases + step.biases)) + 1e-4
