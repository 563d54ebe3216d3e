"""Models that a method doesn't support: the error gives the reason and the methods that work, in one line."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from camlode.config.attribution import MethodName
from camlode.config.errors import ModelError
from camlode.pipeline.attribution.methods import MODEL_AGNOSTIC_METHODS

DOCUMENTS = [[1, 2]]


def test_cam_without_a_linear_head_even_where_its_units_are_always_on(keras: Any, toy: Any, explain: Any) -> None:
    layers = keras.layers
    # All weights and vectors are positive, so the hidden unit is on for every text.
    convolution = (layers.Conv1D(1, 1), [[[[1]]], [0]])
    hidden = (layers.Dense(1, activation="relu"), [[[1]], [0]])
    head = (layers.Dense(2), [[[1, -1]], [0, 0]])
    model = toy([[1], [2], [3]], convolution, layers.GlobalAveragePooling1D(), hidden, head)
    with pytest.raises(ModelError, match=r"method cam can't explain this model: cam needs .*weight differs .*grad-cam"):
        explain(model, DOCUMENTS, length=3, largest_id=2, method="cam")


@pytest.mark.parametrize("pooling", ["GlobalAveragePooling1D", "GlobalMaxPooling1D"])
def test_cam_supports_pooling_and_dropout(keras: Any, toy: Any, explain: Any, pooling: str) -> None:
    layers = keras.layers
    convolution = (layers.Conv1D(1, 1, activation="relu"), [[[[1]]], [-1]])
    head = (layers.Dense(2, activation="softmax"), [[[1, -1]], [0, 0]])
    model = toy([[1], [2], [3]], convolution, getattr(layers, pooling)(), layers.Dropout(0.5), head)
    assert explain(model, DOCUMENTS, length=3, largest_id=2, method="cam", requested_labels=[0]).token_scores(0, 0) == [
        1,
        2,
    ]


def test_cam_of_a_probability(keras: Any, toy: Any, explain: Any) -> None:
    layers = keras.layers
    head = layers.Dense(2, activation="softmax")
    model = toy([[0], [2], [3]], layers.Conv1D(1, 1), layers.GlobalAveragePooling1D(), head)
    with pytest.raises(ModelError, match=r"between the explained layers and attribution\.target"):
        explain(model, DOCUMENTS, length=3, largest_id=2, method="cam", target="probability")


@pytest.mark.parametrize("method", ["lrp", "deeplift"])
def test_rules_through_an_lstm(keras: Any, toy: Any, explain: Any, method: str) -> None:
    model = toy(np.eye(3), keras.layers.LSTM(2, name="reader"), keras.layers.Dense(2))
    with pytest.raises(ModelError, match=rf"method {method} can't explain this model: layer 'reader.*grad-cam.*"):
        explain(model, DOCUMENTS, length=3, largest_id=2, method=method)


def test_model_agnostic_methods_need_no_linear_head_and_no_rules() -> None:
    others = {"cam", "lrp", "deeplift", "class-activate-map", "text-grad-cam"}
    assert set(MODEL_AGNOSTIC_METHODS) == set(get_args(MethodName)) - others


@pytest.mark.parametrize("method", ["score-cam", "saliency"])
def test_no_embedding(keras: Any, explain: Any, method: str) -> None:
    layers = keras.layers
    convolved = [layers.Reshape((3, 1)), layers.Conv1D(1, 1), layers.GlobalMaxPooling1D(), layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *convolved])
    with pytest.raises(ModelError, match=r"needs the tokens' vectors, .* no layer Embedding; .*model\.embedding"):
        explain(model, DOCUMENTS, length=3, largest_id=2, method=method)


def test_text_grad_cam_of_several_layers(keras: Any, explain: Any) -> None:
    layers = keras.layers
    ids = keras.Input((3,), dtype="int32")
    embedded = layers.Embedding(3, 1)(ids)
    pooled = [layers.GlobalMaxPooling1D()(layers.Conv1D(1, 1, name=name)(embedded)) for name in ("one", "other")]
    model = keras.Model(ids, layers.Dense(2)(layers.Concatenate()(pooled)))
    with pytest.raises(
        ModelError, match=r"explains one layer, model\.layers gives 2; name one of (one, other|other, one) in"
    ):
        explain(model, DOCUMENTS, length=3, largest_id=2, method="text-grad-cam")


def test_text_grad_cam_of_a_layer_that_shortens_the_text(keras: Any, toy: Any, explain: Any) -> None:
    layers = keras.layers
    model = toy(np.eye(3), layers.Conv1D(1, 2, name="short"), layers.GlobalMaxPooling1D(), layers.Dense(2))
    with pytest.raises(ModelError, match="layer 'short' gives 2 positions for 3 tokens; it needs a layer with padding"):
        explain(model, DOCUMENTS, length=3, largest_id=2, method="text-grad-cam")
