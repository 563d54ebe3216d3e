"""Methods on curved, saturated and multiplied units, uneven positions and cancelling sums, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.config.errors import ModelError


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
