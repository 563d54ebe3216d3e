"""How much each rule counts for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

PENALTY = 1.0
"""What the squares of the weights cost against the texts' log loss, as in scikit-learn's LogisticRegression(C=1)."""

_ITERATIONS = 100


class Weights(NamedTuple):
    """In logits: `rules` [rules, labels] is what each rule that fires adds, `biases` [labels] what is there before."""

    rules: FloatArray
    biases: FloatArray

    def scores(self, firing_matrix: Any) -> FloatArray:
        """The score of each label for each text [texts, labels], in logits."""
        return np.asarray(firing_matrix @ self.rules, dtype=np.float64) + self.biases


def probabilities(scores: FloatArray, *, exclusive: bool) -> FloatArray:
    """Scores [texts, labels] as probabilities: by a softmax over labels that exclude each other, or by sigmoids."""
    if not exclusive:
        return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_weights(
    firing_matrix: Any,
    targets: Any,
    *,
    exclusive: bool,
    penalty: float = PENALTY,
    start: Weights | None = None,
    iterations: int = _ITERATIONS,
) -> Weights:
    """The weights of a logistic regression: of `targets` [texts, labels] on `firing_matrix` [texts, rules].

    One softmax over the labels where they exclude each other, else one sigmoid for each. `penalty` multiplies half the
    sum of the squared weights; the biases are free. `start` is where the search begins.
    """
    from scipy.optimize import minimize

    shape = (firing_matrix.shape[1] + 1, targets.shape[1])
    first = (
        _initial_weights(targets, shape, exclusive=exclusive)
        if start is None
        else np.vstack([start.rules, start.biases])
    )
    transposed, expected = firing_matrix.T.tocsr(), targets.astype(np.float64)

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        values = flat.reshape(shape)
        scores = Weights(values[:-1], values[-1]).scores(firing_matrix)
        data_loss, error = _loss_and_gradient(scores, expected, exclusive=exclusive)
        gradient = np.vstack([transposed @ error + penalty * values[:-1], error.sum(axis=0)])
        return data_loss + penalty / 2 * float((values[:-1] ** 2).sum()), gradient.ravel()

    found = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    values = found.x.reshape(shape)
    return Weights(values[:-1], values[-1])


def _initial_weights(targets: Any, shape: tuple[int, int], *, exclusive: bool) -> FloatArray:
    """No rule counts, and the biases are the labels' shares."""
    values = np.zeros(shape)
    shares = (targets.sum(axis=0) + 0.5) / (len(targets) + 1)
    values[-1] = np.log(shares) if exclusive else np.log(shares / (1 - shares))
    return values


def _loss_and_gradient(scores: FloatArray, expected: FloatArray, *, exclusive: bool) -> tuple[float, FloatArray]:
    """The log loss summed over texts, and its slope along the scores [texts, labels].

    Of labels that exclude each other, a text without any is not asked.
    """
    if not exclusive:
        loss = np.logaddexp(0, scores).sum() - (scores * expected).sum()
        return float(loss), probabilities(scores, exclusive=False) - expected
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    totals, labelled = powers.sum(axis=1, keepdims=True), expected.sum(axis=1, keepdims=True)
    loss = (np.log(totals) * labelled).sum() - (scores * expected).sum()
    return float(loss), powers * (labelled / totals) - expected
