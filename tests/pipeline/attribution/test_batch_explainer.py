"""Explanations of batches against an independent Grad-CAM of one document at a time: a sub-model and a tape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LENGTH = 12
KERNELS = {"conv_2": (2, "valid"), "conv_3": (3, "valid"), "conv_4": (4, "same")}


def text_model(keras: Any, activation: str, pooling: str = "max") -> Any:
    layers = keras.layers
    pool = layers.GlobalMaxPooling1D if pooling == "max" else layers.GlobalAveragePooling1D
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(20, 8)(ids)
    ends = [
        pool()(
            layers.Conv1D(6, size, padding=padding, activation="relu", bias_initializer="normal", name=name)(embedded)
        )
        for name, (size, padding) in KERNELS.items()
    ]
    joined = layers.Dropout(0.5)(layers.Concatenate()(ends))
    hidden = layers.Dense(8, activation="tanh")(joined)
    return keras.Model(ids, layers.Dense(4, activation=activation, name="labels")(hidden))


def documents(count: int = 11) -> list[list[int]]:
    chance = np.random.default_rng(3)
    sizes = [1, LENGTH, *chance.integers(1, LENGTH + 1, count - 2).tolist()]
    return [chance.integers(1, 20, size).tolist() for size in sizes]


def plain_grad_cam(keras: Any, model: Any, document: list[int], label: int) -> tuple[list[float], float]:
    """The importance of each token for a label's logit, and what falls on padding alone."""
    import tensorflow

    outputs = [model.get_layer(name).output for name in KERNELS]
    below = keras.Model(model.input, [*outputs, model.get_layer("labels").input])
    padded = np.array([document + [0] * (LENGTH - len(document))])
    with tensorflow.GradientTape() as tape:
        *activations, features = below(padded)
        head = model.get_layer("labels")
        logit = (tensorflow.matmul(features, head.kernel) + head.bias)[0, label]
    scores, padding = [0.0] * len(document), 0.0
    for (size, kind), activation, gradient in zip(
        KERNELS.values(), activations, tape.gradient(logit, activations), strict=True
    ):
        values = np.maximum(activation.numpy()[0] @ gradient.numpy()[0].mean(axis=0), 0)
        for position, value in enumerate(values):
            first = position - ((size - 1) // 2 if kind == "same" else 0)
            text_tokens = [token for token in range(first, first + size) if 0 <= token < len(document)]
            for token in text_tokens:
                scores[token] += value / len(text_tokens)
            padding += 0.0 if text_tokens else value
    return scores, padding


@pytest.mark.parametrize(
    ("activation", "task", "trim"), [("softmax", "multiclass", False), ("sigmoid", "multilabel", True)]
)
def test_a_batch_gives_what_its_documents_give_one_by_one(
    keras: Any, explain: Any, activation: str, task: str, trim: bool
) -> None:
    model = text_model(keras, activation)
    texts = documents()
    threshold = 0.45 * (task == "multilabel")
    # 11 documents in batches of 4: the last one is smaller.
    result = explain(model, texts, labels=4, task=task, threshold=threshold, length=LENGTH, batch_size=4, trim=trim)
    scores = model.predict(np.array([text + [0] * (LENGTH - len(text)) for text in texts]), verbose=0)
    predicted = scores >= 0.45 if task == "multilabel" else scores == scores.max(axis=1, keepdims=True)
    assert sorted(result.pairs()) == list(zip(*map(np.ndarray.tolist, np.nonzero(predicted)), strict=True))
    for pair, (document, label) in enumerate(result.pairs()):
        scores, padding = plain_grad_cam(keras, model, texts[document], label)
        np.testing.assert_allclose(result.token_scores(document, label), scores, atol=1e-5)
        # Padding that was trimmed away has no share.
        assert trim or result.padding()[pair] == pytest.approx(padding, abs=1e-5)


def all_labels(explain: Any, model: Any, texts: list[list[int]], **options: Any) -> Any:
    return explain(model, texts, labels=4, length=LENGTH, requested_labels=range(4), **options)


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_pooling_and_one_linear_layer_make_it_cam_over_the_length(keras: Any, explain: Any, pooling: str) -> None:
    layers = keras.layers
    pool = layers.GlobalAveragePooling1D() if pooling == "average" else layers.GlobalMaxPooling1D()
    ids = keras.Input((LENGTH,), dtype="int32")
    convolved = layers.Conv1D(6, 1, name="conv")(layers.Embedding(20, 8)(ids))
    model = keras.Model(ids, layers.Dense(4, activation="softmax", name="labels")(pool(convolved)))
    texts = documents()
    result = all_labels(explain, model, texts)
    activations = keras.Model(ids, convolved)(np.array([text + [0] * (LENGTH - len(text)) for text in texts])).numpy()
    cam = activations @ model.get_layer("labels").kernel.numpy() / LENGTH
    for document, label in result.pairs():
        expected = np.maximum(cam[document, : len(texts[document]), label], 0)
        np.testing.assert_allclose(result.token_scores(document, label), expected, atol=1e-5)


def test_the_watched_maximum_has_the_gradient_of_an_unwatched_one(keras: Any, explain: Any) -> None:
    # Keras's own pooling layer is watched, and its gradient shared evenly among ties, which the ReLU makes; a layer of
    # the user's own isn't watched. Both poolings of one convolution add up.
    layers = keras.layers

    class OwnMaximum(layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return keras.ops.max(x, axis=1)

    ids = keras.Input((LENGTH,), dtype="int32")
    convolved = layers.Conv1D(6, 2, activation="relu")(layers.Embedding(20, 8)(ids))
    average, head = layers.GlobalAveragePooling1D()(convolved), layers.Dense(4, activation="sigmoid")
    known = layers.GlobalAveragePooling1D()(layers.GlobalMaxPooling1D(keepdims=True)(layers.Dropout(0.5)(convolved)))
    results = [
        all_labels(explain, keras.Model(ids, head(layers.Concatenate()([average, maximum]))), documents())
        for maximum in (known, OwnMaximum()(convolved))
    ]
    np.testing.assert_allclose(results[0].importances.values, results[1].importances.values, atol=10)
    assert results[0].importances.values.max() > 1000
