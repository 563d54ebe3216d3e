"""Weights of rules: a logistic regression with an L2 penalty, fitted by L-BFGS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from camlode.pipeline.arrays import BoolArray, FloatArray

PENALTY = 1.0
"""Factor of half the sum of squared weights, against the log loss of the texts; 1 / C of scikit-learn."""

_ITERATIONS = 100


class Weights(NamedTuple):
    """Logits: `rules` [rules, labels] is what a rule adds if it fires, `biases` [labels] the score without rules."""

    rules: FloatArray
    biases: FloatArray

    def scores(self, firing_matrix: Any) -> FloatArray:
        """The score of each label for each text [texts, labels], in logits; `firing_matrix` is [texts, rules]."""
        return np.asarray(firing_matrix @ self.rules, dtype=np.float64) + self.biases


def probabilities(scores: FloatArray, *, exclusive: bool) -> FloatArray:
    """Convert logits [texts, labels] to probabilities: a softmax if labels are exclusive, otherwise sigmoids."""
    if not exclusive:
        # The sigmoid in a form that does not overflow.
        return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_weights(
    firing_matrix: Any,
    targets: BoolArray,
    *,
    exclusive: bool,
    penalty: float = PENALTY,
    iterations: int = _ITERATIONS,
) -> Weights:
    """Fit a logistic regression of `targets` [texts, labels] on `firing_matrix` [texts, rules].

    exclusive: whether labels are exclusive: one softmax over the labels, otherwise a sigmoid for each.
    penalty: factor of half the sum of the squared weights; biases are not penalised.
    """
    from scipy.optimize import minimize

    shape = (firing_matrix.shape[1] + 1, targets.shape[1])
    initial = _initial_weights(targets, shape, exclusive=exclusive)
    transposed, expected = firing_matrix.T.tocsr(), targets.astype(np.float64)

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        values = flat.reshape(shape)
        scores = Weights(values[:-1], values[-1]).scores(firing_matrix)
        data_loss, error = _loss_and_gradient(scores, expected, exclusive=exclusive)
        gradient = np.vstack([transposed @ error + penalty * values[:-1], error.sum(axis=0)])
        return data_loss + penalty / 2 * float((values[:-1] ** 2).sum()), gradient.ravel()

    solution = minimize(loss, initial.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    values = solution.x.reshape(shape)
    return Weights(values[:-1], values[-1])


def _initial_weights(targets: BoolArray, shape: tuple[int, int], *, exclusive: bool) -> FloatArray:
    """No weights, and the biases of the labels' frequencies."""
    values = np.zeros(shape)
    # Smoothed, because a label that no text has would have a bias of −∞.
    shares = (targets.sum(axis=0) + 0.5) / (len(targets) + 1)
    values[-1] = np.log(shares) if exclusive else np.log(shares / (1 - shares))
    return values


def _loss_and_gradient(scores: FloatArray, expected: FloatArray, *, exclusive: bool) -> tuple[float, FloatArray]:
    """The log loss summed over texts, and its gradient with respect to the scores [texts, labels].

    With exclusive labels, a text without a label does not count.
    """
    if not exclusive:
        loss = np.logaddexp(0, scores).sum() - (scores * expected).sum()
        return float(loss), probabilities(scores, exclusive=False) - expected
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    totals, labelled = powers.sum(axis=1, keepdims=True), expected.sum(axis=1, keepdims=True)
    loss = (np.log(totals) * labelled).sum() - (scores * expected).sum()
    return float(loss), powers * (labelled / totals) - expected
