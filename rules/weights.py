"""How much each rule counts for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

PENALTY = 1.0
"""What the squares of the weights cost against the texts' log loss, as in scikit-learn's LogisticRegression(C=1)."""

_ITERATIONS = 100


class Weights(NamedTuple):
    """In logits: `rules` [rules, labels] is what each rule that fires adds, `biases` [labels] what is there before."""

    rules: Numbers
    biases: Numbers

    def scores(self, firing: Any) -> Numbers:
        """The score of each label for each text [texts, labels], in logits."""
        return np.asarray(firing @ self.rules, dtype=np.float64) + self.biases


def probabilities(scores: Numbers, *, exclusive: bool) -> Numbers:
    """Scores [texts, labels] as probabilities: by a softmax over labels that exclude each other, or by sigmoids."""
    if not exclusive:
        return np.asarray(0.5 * (1 + np.tanh(scores / 2)))
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def learned(
    firing: Any,
    said: Any,
    *,
    exclusive: bool,
    penalty: float = PENALTY,
    start: Weights | None = None,
    iterations: int = _ITERATIONS,
) -> Weights:
    """The weights of a logistic regression: of `said` [texts, labels] on `firing` [texts, rules].

    One softmax over the labels where they exclude each other, else one sigmoid for each. `penalty` multiplies half the
    sum of the squared weights; the biases are free. `start` is where the search begins.
    """
    from scipy.optimize import minimize

    shape = (firing.shape[1] + 1, said.shape[1])
    first = _before(said, shape, exclusive=exclusive) if start is None else np.vstack([start.rules, start.biases])
    transposed, expected = firing.T.tocsr(), said.astype(np.float64)

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        values = flat.reshape(shape)
        scores = Weights(values[:-1], values[-1]).scores(firing)
        lost, wrong = _loss_and_error(scores, expected, exclusive=exclusive)
        slope = np.vstack([transposed @ wrong + penalty * values[:-1], wrong.sum(axis=0)])
        return lost + penalty / 2 * float((values[:-1] ** 2).sum()), slope.ravel()

    found = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    values = found.x.reshape(shape)
    return Weights(values[:-1], values[-1])


def _before(said: Any, shape: tuple[int, int], *, exclusive: bool) -> Numbers:
    """No rule counts, and the biases are the labels' shares."""
    values = np.zeros(shape)
    shares = (said.sum(axis=0) + 0.5) / (len(said) + 1)
    values[-1] = np.log(shares) if exclusive else np.log(shares / (1 - shares))
    return values


def _loss_and_error(scores: Numbers, expected: Numbers, *, exclusive: bool) -> tuple[float, Numbers]:
    """The log loss summed over texts, and its slope along the scores [texts, labels].

    Of labels that exclude each other, a text without any is not asked.
    """
    if not exclusive:
        loss = np.logaddexp(0, scores).sum() - (scores * expected).sum()
        return float(loss), probabilities(scores, exclusive=False) - expected
    scores -= scores.max(axis=1, keepdims=True)
    powers = np.exp(scores)
    totals, asked = powers.sum(axis=1, keepdims=True), expected.sum(axis=1, keepdims=True)
    loss = (np.log(totals) * asked).sum() - (scores * expected).sum()
    return float(loss), powers * (asked / totals) - expected
