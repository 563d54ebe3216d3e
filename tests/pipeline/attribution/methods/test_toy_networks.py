"""Every method on networks of one or two units, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

SIGMA_5 = 1 / (1 + np.exp(-5))

# Embeddings (0, 0), (1, 0) and (0, 2), which a convolution of size 1 keeps; the average of 3 positions; label 0's
# weights 3 and -6, its bias 1. The text 1 2 gives A = (1, 0), (0, 2) and, on the padding, (0, 0);
# y = 3/3 - 6 * 2/3 + 1 = -2, and at each position g = (1, -2).
LINEAR: list[tuple[str, dict[str, Any], list[float]]] = [
    # w = (3, -6): 3 * 1 and -6 * 2.
    ("cam", {}, [3, -12]),
    # α = g: 1 * 1 and -2 * 2, which is cut to 0.
    ("grad-cam", {}, [1, 0]),
    ("grad-cam", {"sign": "negative"}, [0, 4]),
    ("grad-cam", {"sign": "both"}, [1, -4]),
    # S_0 = 1: at the two positions that hold text 1 / (2 + 1 * 1) * 1, together 2/3; (g_1)+ = 0.
    ("grad-cam++", {}, [2 / 3, 0]),
    # Against the label g = (-1, 2), S_1 = 2: twice 1 / (2 + 2 * 2) * 2, that is 2/3, times 2.
    ("grad-cam++", {"sign": "negative"}, [0, 4 / 3]),
    ("hirescam", {}, [1, -4]),
    # The gradient is the same everywhere, so that its weighted mean is its mean.
    ("xgrad-cam", {"sign": "both"}, [1, -4]),
    # (g)+ = (1, 0); against the label (-g)+ = (0, 2).
    ("layercam", {}, [1, 0]),
    ("layercam", {"sign": "negative"}, [0, 4]),
    # A Aᵀ = diag(1, 4, 0): v₁ is channel 1.
    ("eigen-cam", {}, [0, 2]),
    # Channel 0 lets token 1 through, y = 1 + 1; channel 1 token 2, y = -4 + 1. Their softmax is σ(5), 1 - σ(5).
    ("score-cam", {}, [SIGMA_5, 2 * (1 - SIGMA_5)]),
    # Against the label that of -2 and 3: the other way round, and what it weighs counts in full.
    ("score-cam", {"sign": "negative"}, [1 - SIGMA_5, 2 * SIGMA_5]),
    # Without channel 0 y is -3, without channel 1 it is 2: (-2 + 3) / 2 and (-2 - 2) / 2.
    ("ablation-cam", {"sign": "both"}, [0.5, -4]),
    # |1| + |-2| wherever a token stands.
    ("saliency", {}, [3, 3]),
    # The model is linear and the padding's vector is 0: all the others say what gradient × input says.
    ("gradient-x-input", {}, [1, -4]),
    ("integrated-gradients", {}, [1, -4]),
    ("lrp", {"epsilon": 1e-9}, [1, -4]),
    # ε = 1 takes its part from y, from the averages 1/3 and 2/3, and from A: 2/3 * 1/4 * 1/2 and 2/3 * 2/5 * 2/3.
    ("lrp", {"epsilon": 1.0}, [1 / 12, -4 * 8 / 45]),
    ("deeplift", {}, [1, -4]),
    ("occlusion", {}, [1, -4]),
    # Windows of two on - 1, 1 2, 2 -, - -: 1, -3, -4, 0; each token the mean of its two.
    ("occlusion", {"window": 2}, [(1 - 3) / 2, (-3 - 4) / 2]),
    ("shapley", {"samples": 3}, [1, -4]),
    # p = σ(-2 - 0), of which the gradient is p (1 - p) times the logit's.
    ("grad-cam", {"target": "probability", "sign": "both"}, [0.1049935854, -0.4199743416]),
    ("gradient-x-input", {"target": "probability"}, [0.1049935854, -0.4199743416]),
    # σ(-2) - σ(-3) and σ(-2) - σ(2).
    ("occlusion", {"target": "probability"}, [0.0717771488, -0.7615941560]),
]


@pytest.mark.parametrize(("method", "options", "expected"), LINEAR)
def test_a_linear_network(
    keras: Any, toy: Any, score_document: Any, method: str, options: dict[str, Any], expected: list[float]
) -> None:
    layers = keras.layers
    convolution = (layers.Conv1D(2, 1), [[np.eye(2)], [0, 0]])
    head = (layers.Dense(2, activation="softmax"), [[[3, 0], [-6, 0]], [1, 0]])
    model = toy([[0, 0], [1, 0], [0, 2]], convolution, layers.GlobalAveragePooling1D(), head)
    assert score_document(model, [1, 2], method=method, **options) == pytest.approx(expected, abs=1e-5)


# Embeddings 0, 2, 4 and 1/2; A = (e - 1)+, its maximum over 3 positions, label 0's weight 2. The text 1 2 gives
# A = 1, 3, 0 and y = 6; its gradient is 2 at the second position alone. The padding's y is 0.
MAXIMUM: list[tuple[str, dict[str, Any], list[float]]] = [
    ("cam", {}, [2, 6]),
    # α = 2/3.
    ("grad-cam", {}, [2 / 3, 2]),
    # S = 4: w = 1 / (2 + 4 * 2) * 2 = 1/5.
    ("grad-cam++", {}, [0.2, 0.6]),
    ("hirescam", {}, [0, 6]),
    # w = 3/4 * 2.
    ("xgrad-cam", {}, [1.5, 4.5]),
    ("layercam", {}, [0, 6]),
    ("eigen-cam", {}, [1, 3]),
    # The softmax of one channel is 1, and all of y is lost without it: (6 - 0) / 6.
    ("score-cam", {}, [1, 3]),
    ("ablation-cam", {}, [1, 3]),
    ("saliency", {}, [0, 2]),
    ("gradient-x-input", {}, [0, 8]),
    # On the way from 0 to 4 the second token is above 1 for the last three quarters: 4 * 2 * 3/4.
    ("integrated-gradients", {}, [0, 6]),
    # Of the winner's 6, 4 / (4 - 1) go to the token and the rest to the bias.
    ("lrp", {"epsilon": 1e-9}, [0, 8]),
    # 4 → 3 is a multiplier of 3/4; from the maximum 3 - 0 goes to the text's winner.
    ("deeplift", {}, [0, 6]),
    # Without the second, the first gives y = 2.
    ("occlusion", {}, [0, 4]),
    # Windows - 1, 1 2, 2 -, - -: 0, 6, 4, 0; each token the mean of its two.
    ("occlusion", {"window": 2}, [3, 5]),
    # Grad-CAM's map over its maximum; the script's is of the probability, whose slope is cancelled.
    ("class-activate-map", {}, [1 / 3, 1]),
    ("text-grad-cam", {}, [1 / 3, 1]),
]


def maximum_model(keras: Any, toy: Any) -> Any:
    layers = keras.layers
    convolution = (layers.Conv1D(1, 1, activation="relu"), [[[[1]]], [-1]])
    head = (layers.Dense(2, activation="softmax"), [[[2, 0]], [0, 0]])
    return toy([[0], [2], [4], [0.5]], convolution, layers.GlobalMaxPooling1D(), head)


@pytest.mark.parametrize(("method", "options", "expected"), MAXIMUM)
def test_the_maximum_of_a_rectifier_with_a_bias(
    keras: Any, toy: Any, explain: Any, method: str, options: dict[str, Any], expected: list[float]
) -> None:
    options = {"method": method, "length": 3, "largest_id": 3, "requested_labels": [0], **options}
    result = explain(maximum_model(keras, toy), [[1, 2], [3]], **options)
    assert result.token_scores(0, 0) == pytest.approx(expected, abs=1e-5)
    # 1/2 leaves the rectifier shut: nothing speaks for the label, and all is 0, never NaN.
    assert result.token_scores(1, 0) == [0]
    assert result.importances.invalid.tolist() == []


def test_shapley_is_the_mean_over_the_orders_that_were_drawn(keras: Any, toy: Any, score_document: Any) -> None:
    # Coming first the first token adds 2 and the second 4 more; coming second it adds 0 to the second's 6.
    first, second = score_document(maximum_model(keras, toy), [1, 2], method="shapley", samples=50)
    came_first = first / 2 * 50
    assert came_first == pytest.approx(round(came_first), abs=1e-3)
    assert first + second == pytest.approx(6, abs=1e-5)
    assert first == pytest.approx(1, abs=0.3)
    again = score_document(maximum_model(keras, toy), [1, 2], method="shapley", samples=50, seed=1)
    assert again != [first, second]
