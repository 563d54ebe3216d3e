"""The methods that reproduce two scripts, against the scripts' arithmetic in plain NumPy on eager gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LENGTH = 7
DOCUMENTS = [[1, 2, 3], [4, 5, 6, 7, 8, 9, 1], [9, 2], [5]]


def padded(document: list[int]) -> Any:
    return np.array([document + [0] * (LENGTH - len(document))], np.int32)


def eager(keras: Any, model: Any, names: list[str], document: list[int], label: int, *, probability: bool) -> Any:
    """Each layer's values and gradients, [positions, channels], at the document's own padding."""
    import tensorflow as tf

    outputs = [model.get_layer(name).output for name in names]
    below = keras.Model(model.input, [*outputs, model.get_layer("labels").input])
    head = model.get_layer("labels")
    with tf.GradientTape() as tape:
        *values, features = below(padded(document))
        scores = tf.matmul(features, head.kernel) + head.bias
        target = (tf.nn.softmax(scores) if probability else scores)[0, label]
    gradients = tape.gradient(target, values)
    return [(value.numpy()[0], gradient.numpy()[0]) for value, gradient in zip(values, gradients, strict=True)]


def text_model(keras: Any, convolutions: dict[str, tuple[int, str]]) -> Any:
    keras.utils.set_random_seed(11)
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(10, 4, embeddings_initializer="normal")(ids)
    pooled = [
        layers.GlobalMaxPooling1D()(
            layers.Conv1D(5, size, padding=kind, name=name, bias_initializer="normal")(embedded)
        )
        for name, (size, kind) in convolutions.items()
    ]
    features = layers.Dense(6, activation="tanh")(layers.Concatenate()(pooled) if len(pooled) > 1 else pooled[0])
    return keras.Model(ids, layers.Dense(3, activation="softmax", name="labels")(features))


def class_activate_map(parts: list[Any], kernels: list[tuple[int, int]]) -> Any:
    """`kernels`: each branch's size, and how many tokens before its own a position begins."""
    sums, counts = np.zeros(LENGTH), np.zeros(LENGTH)
    for (values, gradients), (size, earlier) in zip(parts, kernels, strict=True):
        scaled = gradients / (np.sqrt(np.square(gradients).mean()) + 1e-5)
        positions = np.maximum(values @ scaled.mean(axis=0), 0)
        if positions.max() > 0:
            positions /= positions.max()
        for position, value in enumerate(positions):
            for token in range(position - earlier, position - earlier + size):
                if 0 <= token < LENGTH:
                    sums[token] += value
                    counts[token] += 1
    mean = sums / np.maximum(counts, 1)
    return mean / (mean.max() or 1)


def text_grad_cam(values: Any, gradients: Any) -> Any:
    positions = np.maximum((values * gradients.mean(axis=0)).mean(axis=1), 0)
    return positions / (positions.max() or 1)


@pytest.mark.parametrize("kind", ["valid", "same"])
def test_class_activate_map(keras: Any, explain: Any, kind: str) -> None:
    convolutions = {f"conv_{size}": (size, kind) for size in (2, 3)}
    model = text_model(keras, convolutions)
    options = {
        "length": LENGTH,
        "labels": 3,
        "requested_labels": [0, 1, 2],
        "method": "class-activate-map",
        "batch_size": 3,
    }
    result = explain(model, DOCUMENTS, **options)
    kernels = [(size, (size - 1) // 2 if kind == "same" else 0) for size in (2, 3)]
    for number, label in result.pairs():
        parts = eager(keras, model, list(convolutions), DOCUMENTS[number], label, probability=False)
        expected = class_activate_map(parts, kernels)[: len(DOCUMENTS[number])]
        np.testing.assert_allclose(result.token_scores(number, label), expected, atol=1e-5)
    assert result.importances.values.max() > 0


def test_text_grad_cam(keras: Any, explain: Any) -> None:
    model = text_model(keras, {"conv": (3, "same")})
    options = {"length": LENGTH, "labels": 3, "requested_labels": [0, 1, 2], "method": "text-grad-cam", "batch_size": 3}
    result = explain(model, DOCUMENTS, **options)
    for number, label in result.pairs():
        ((values, gradients),) = eager(keras, model, ["conv"], DOCUMENTS[number], label, probability=True)
        expected = text_grad_cam(values, gradients)[: len(DOCUMENTS[number])]
        np.testing.assert_allclose(result.token_scores(number, label), expected, atol=1e-5)
    assert result.importances.values.max() > 0
