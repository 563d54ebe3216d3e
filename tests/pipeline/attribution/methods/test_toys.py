"""All methods on networks of one or two units, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

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


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        # The slope of tanh at 1 is 1 - tanh² 1; from 0 to 1 it rises by tanh 1.
        ("saliency", {}, 0.4199743416),
        ("gradient-x-input", {}, 0.4199743416),
        ("integrated-gradients", {"steps": 128}, np.tanh(1)),
        ("deeplift", {}, np.tanh(1)),
        ("lrp", {"epsilon": 1e-9}, np.tanh(1)),
        ("occlusion", {}, np.tanh(1)),
        ("hirescam", {}, np.tanh(1)),
    ],
)
def test_a_curve(
    keras: Any, toy: Any, score_document: Any, method: str, options: dict[str, Any], expected: float
) -> None:
    layers = keras.layers
    unit = (layers.Conv1D(1, 1, activation="tanh"), [[[[1]]], [0]])
    model = toy([[0], [1]], unit, layers.GlobalAveragePooling1D(), (layers.Dense(2), [[[3, 0]], [0, 0]]))
    assert score_document(model, [1], largest_id=1, method=method, **options) == pytest.approx([expected], abs=1e-5)


@pytest.mark.parametrize(
    ("method", "expected"),
    # The unit stands at 1 from an input of 1 on, and the token gives 4: its slope is 0 there, and was 1 for the first
    # quarter of the way.
    [
        ("saliency", 0),
        ("gradient-x-input", 0),
        ("integrated-gradients", 1),
        ("deeplift", 1),
        ("lrp", 1),
        ("occlusion", 1),
        ("shapley", 1),
    ],
)
def test_a_saturated_unit(keras: Any, toy: Any, score_document: Any, method: str, expected: float) -> None:
    layers = keras.layers
    unit = (layers.Conv1D(1, 1, use_bias=False), [[[[1]]]])
    head = (layers.Dense(2), [[[3, 0]], [0, 0]])
    model = toy([[0], [4]], unit, layers.ReLU(max_value=1.0), layers.GlobalAveragePooling1D(), head)
    found = score_document(model, [1], largest_id=1, method=method, **({"epsilon": 1e-9} if method == "lrp" else {}))
    assert found == pytest.approx([expected], abs=1e-5)


def product_model(keras: Any) -> Any:
    """y = Σ_t e[t] * 2 e[t]: two branches of one unit each, multiplied."""
    layers = keras.layers
    ids = keras.Input((2,), dtype="int32")
    embedded = layers.Embedding(2, 1, name="embedding")(ids)
    branches = [layers.Conv1D(1, 1, use_bias=False, name=name)(embedded) for name in ("once", "twice")]
    scores = layers.Dense(2, name="labels")(layers.GlobalAveragePooling1D()(layers.Multiply()(branches)))
    model = keras.Model(ids, scores)
    weights = {
        "embedding": [[[0.0], [3.0]]],
        "once": [[[[1]]]],
        "twice": [[[[2]]]],
        "labels": [[[2.0, 0.0]], [0.0, 0.0]],
    }
    for name, values in weights.items():
        model.get_layer(name).set_weights([np.array(value, np.float32) for value in values])
    return model


@pytest.mark.parametrize(
    ("method", "expected"),
    # The token gives 3: y = 3 * 6 = 18; the slope is 4 * 3. Of the branches' values 3 and 6 the gradients are 6 and 3,
    # and half of that averaged over the two positions.
    [
        ("gradient-x-input", 36),
        ("integrated-gradients", 18),
        ("occlusion", 18),
        ("shapley", 18),
        ("hirescam", 36),
        ("grad-cam", 18),
        # Without either branch all of y is lost: 3 * 1 + 6 * 1.
        ("ablation-cam", 9),
    ],
)
def test_a_product(keras: Any, score_document: Any, method: str, expected: float) -> None:
    found = score_document(product_model(keras), [1], length=2, largest_id=1, method=method)
    assert found == pytest.approx([expected], abs=1e-4)


@pytest.mark.parametrize("method", ["lrp", "deeplift"])
def test_a_product_has_no_rule(keras: Any, score_document: Any, method: str) -> None:
    with pytest.raises(ModelError, match="multiplies two values that both depend on the text; methods that work"):
        score_document(product_model(keras), [1], length=2, largest_id=1, method=method)


@pytest.mark.parametrize(
    ("method", "expected"),
    # A = 1, 2, 3, 4, averaged by twos to 1.5, 3.5, which weigh 4 and -2: g = 2, 2, -1, -1.
    [
        ("hirescam", [2, 4, -3, -4]),
        ("layercam", [2, 4, 0, 0]),
        # α = 2/4.
        ("grad-cam", [0.5, 1, 1.5, 2]),
        # S = 10, Σ A g = -1.
        ("xgrad-cam", [-0.1, -0.2, -0.3, -0.4]),
        # w = 2 * 2 / (2 + 10 * 2) = 2/11.
        ("grad-cam++", [2 / 11, 4 / 11, 6 / 11, 8 / 11]),
    ],
)
def test_positions_of_unequal_weight(
    keras: Any, toy: Any, score_document: Any, method: str, expected: list[float]
) -> None:
    layers = keras.layers
    head = (layers.Dense(2), [[[4, 0], [-2, 0]], [0, 0]])
    unit = (layers.Conv1D(1, 1, use_bias=False), [[[[1]]]])
    model = toy([[0], [1], [2], [3], [4]], unit, layers.AveragePooling1D(2), layers.Flatten(), head, length=4)
    found = score_document(model, [1, 2, 3, 4], length=4, largest_id=4, method=method, sign="both")
    assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("method", "sign", "ids", "expected"),
    # The tokens 1, 2 and 3 give 1, -1 and -2; each of two positions weighs 2.
    [
        # S = 0.
        ("xgrad-cam", "both", [1, 2], [0, 0]),
        # S = -1: 2 + S g = 0.
        ("grad-cam++", "both", [1, 3], [0, 0]),
        # y = 0.
        ("ablation-cam", "both", [1, 2], [0, 0]),
        # Largest by magnitude is -2, which becomes positive.
        ("eigen-cam", "both", [1, 3], [-1, 2]),
        ("eigen-cam", "positive", [1, 3], [0, 2]),
        ("eigen-cam", "negative", [1, 3], [1, 0]),
    ],
)
def test_cancelling_sums_and_signs(
    keras: Any, toy: Any, score_document: Any, method: str, sign: str, ids: list[int], expected: list[float]
) -> None:
    layers = keras.layers
    unit = (layers.Conv1D(1, 1, use_bias=False), [[[[1]]]])
    head = (layers.Dense(2), [[[4, 0]], [0, 0]])
    model = toy([[0], [1], [-1], [-2]], unit, layers.GlobalAveragePooling1D(), head, length=2)
    assert score_document(model, ids, length=2, largest_id=3, method=method, sign=sign) == pytest.approx(
        expected, abs=1e-5
    )


# Without a rectifier: embeddings 1 (the padding's) and 3, the average of 3 positions, weight 6: y = 2 Σ e.
@pytest.mark.parametrize("method", ["integrated-gradients", "deeplift", "occlusion", "shapley"])
@pytest.mark.parametrize(
    ("baseline", "expected", "on_padding"),
    # 3 instead of 1 twice; or 3 instead of 0 twice, and on the padding 1 instead of 0.
    [("padding", [4, 4], 0), ("zero", [6, 6], 2)],
)
def test_what_stands_for_an_absent_token(
    keras: Any, toy: Any, explain: Any, method: str, baseline: str, expected: list[float], on_padding: float
) -> None:
    layers = keras.layers
    model = toy([[1], [3]], layers.GlobalAveragePooling1D(), (layers.Dense(2), [[[6, 0]], [0, 0]]))
    result = explain(model, [[1, 1]], requested_labels=[0], length=3, largest_id=1, method=method, baseline=baseline)
    assert result.token_scores(0, 0) == pytest.approx(expected, abs=1e-5)
    assert result.padding() == pytest.approx([on_padding], abs=1e-5)
