"""Models with several inputs, as lists and dictionaries, and models that take strings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.attribution.trimming import NO_TRIM

LENGTH = 24
DOCUMENTS = [list(range(1, size + 1)) for size in (3, 1, 9, 2, 9, 5)] + [[7] * LENGTH]
IDS = np.array([document + [0] * (LENGTH - len(document)) for document in DOCUMENTS], np.int32)
SIZES = np.array([len(document) for document in DOCUMENTS])
MASK = np.arange(LENGTH) < SIZES[:, None]
GRAD_CAM = {"batch_size": 3, "length": LENGTH}


def network(keras: Any) -> Any:
    """A function of ids and how many of them count, as a layer."""

    class Network(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = keras.layers.Embedding(10, 4)
            self.convolution = keras.layers.Conv1D(5, 3, padding="same", bias_initializer="normal", name="conv")
            self.scores = keras.layers.Dense(3, activation="softmax")

        def call(self, ids: Any, counts: Any) -> Any:
            kept = self.convolution(self.embedding(ids)) * counts[..., None]
            return self.scores(keras.ops.sum(kept, axis=1) / keras.ops.sum(counts, axis=1, keepdims=True))

    return Network()


def make_length_mask(keras: Any, ids: Any, length: Any) -> Any:
    places = keras.ops.arange(keras.ops.shape(ids)[1])
    return keras.ops.cast(places < keras.ops.cast(keras.ops.reshape(length, (-1, 1)), "int32"), "float32")


def build_length_model(keras: Any, *, shape: tuple[int, ...] = (), kind: Any = list, first: str = "ids") -> Any:
    class Counted(keras.layers.Layer):  # type: ignore[misc]
        def call(self, ids: Any, length: Any) -> Any:
            return make_length_mask(keras, ids, length)

    ids, length = keras.Input((LENGTH,), dtype="int32", name="ids"), keras.Input(shape, name="length")
    answer = network(keras)(ids, Counted()(ids, length))
    if kind is dict:
        return keras.Model({"ids": ids, "length": length}, answer)
    return keras.Model([ids, length] if first == "ids" else [length, ids], answer)


def build_mask_model(keras: Any) -> Any:
    ids, mask = keras.Input((LENGTH,), dtype="int32", name="ids"), keras.Input((LENGTH,), name="mask")
    return keras.Model([ids, mask], network(keras)(ids, mask))


def build_number_model(keras: Any) -> Any:
    """Ids, and what the scores are multiplied by."""
    layers = keras.layers
    ids, factor = keras.Input((LENGTH,), dtype="int32", name="ids"), keras.Input((1,), name="factor")
    pooled = layers.GlobalMaxPooling1D()(layers.Conv1D(5, 3, name="conv")(layers.Embedding(10, 4)(ids)))
    return keras.Model([ids, factor], layers.Softmax()(layers.Multiply()([layers.Dense(3)(pooled), factor])))


def subclassed(keras: Any) -> Any:
    class Classifier(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.network = network(keras)

        def call(self, inputs: Any) -> Any:
            scale = keras.ops.expand_dims(inputs["scale"], 1)
            return self.network(inputs["ids"], make_length_mask(keras, inputs["ids"], inputs["length"]) * scale)

    return Classifier()


LENGTHS = {"ids": "ids", "length": "length"}


@pytest.mark.parametrize(
    ("build", "inputs", "fed"),
    [
        (build_length_model, LENGTHS, [IDS, SIZES]),
        (lambda keras: build_length_model(keras, shape=(1,)), LENGTHS, [IDS, SIZES[:, None]]),
        (lambda keras: build_length_model(keras, first="length"), LENGTHS, [SIZES, IDS]),
        (lambda keras: build_length_model(keras, kind=dict), LENGTHS, {"ids": IDS, "length": SIZES}),
        (build_mask_model, {"ids": "ids", "mask": "mask"}, [IDS, MASK]),
        (build_number_model, {"ids": "ids", "factor": 0.5}, [IDS, np.full((len(IDS), 1), 0.5)]),
        (
            subclassed,
            LENGTHS | {"scale": 0.5},
            {"ids": IDS, "length": SIZES, "scale": np.full(len(IDS), 0.5, np.float32)},
        ),
    ],
    ids=["list", "length in a column", "length first", "dictionary", "mask", "number", "subclassed"],
)
def test_several_inputs(
    keras: Any, explain: Any, make_tokens: Any, randomize_weights: Any, build: Any, inputs: Any, fed: Any
) -> None:
    model = build(keras)
    model(fed)
    randomize_weights(model)
    result = explain(model, DOCUMENTS, labels=3, requested_labels=range(3), inputs=inputs, **GRAD_CAM)
    importances, attributor = result.importances, result.attributor
    probabilities = np.zeros((len(DOCUMENTS), 3))
    probabilities[importances.documents, importances.labels] = importances.probabilities
    np.testing.assert_allclose(probabilities, model.predict(fed, verbose=0), atol=1e-5)
    assert attributor.trim.margin == 3
    attributor._engine.trim = NO_TRIM
    untrimmed = attributor.attribute(make_tokens(DOCUMENTS), requested_labels=range(3))
    np.testing.assert_allclose(importances.values, untrimmed.values, atol=10)
    assert untrimmed.values.max() > 1000


@pytest.mark.parametrize("method", ["integrated-gradients", "occlusion", "lrp", "deeplift"])
def test_methods_on_tokens_of_a_model_with_a_length(
    keras: Any, explain: Any, randomize_weights: Any, method: str
) -> None:
    # The baseline's text of padding has a length of its own, so that the model doesn't divide by zero.
    model = build_length_model(keras)
    randomize_weights(model)
    result = explain(
        model, DOCUMENTS, labels=3, requested_labels=[1], inputs=LENGTHS, method=method, steps=8, **GRAD_CAM
    )
    assert result.importances.invalid.tolist() == []
    assert np.abs(result.importances.values).max() > 1000
    if method in ("integrated-gradients", "deeplift"):
        np.testing.assert_allclose(result.importances.residuals, 0, atol=1e-5)


TEXTS = ["we sail on the sea", "sea", "the unknown sea we sail on we sail", "on on"]
ENCODED = [[5, 6, 2, 3, 4], [4], [3, 1, 4, 5, 6, 2, 5, 6], [2, 2]]


def text_model(keras: Any, length: int | None) -> Any:
    layers = keras.layers
    texts = keras.Input((1,), dtype="string")
    ids = layers.TextVectorization(vocabulary=["on", "the", "sea", "we", "sail"], output_sequence_length=length)(texts)
    x = layers.Conv1D(4, 2, padding="same", name="conv")(layers.Embedding(7, 4)(ids))
    return keras.Model(texts, layers.Dense(2, activation="softmax")(layers.GlobalMaxPooling1D()(x)))


@pytest.mark.parametrize(
    ("method", "length"), [("grad-cam", 10), ("grad-cam", None), ("integrated-gradients", 10), ("occlusion", None)]
)
def test_strings(keras: Any, explain: Any, randomize_weights: Any, method: str, length: int | None) -> None:
    import tensorflow

    from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT

    model = text_model(keras, length)
    randomize_weights(model)
    result = explain(
        model,
        ENCODED,
        texts=TEXTS,
        requested_labels=[0, 1],
        method=method,
        batch_size=2,
        length=length or NO_LENGTH_LIMIT,
        steps=8,
        sign="both",
    )
    probabilities = np.zeros((len(TEXTS), 2))
    probabilities[result.importances.documents, result.importances.labels] = result.importances.probabilities
    batches = [TEXTS] if length else [TEXTS[:2], TEXTS[2:]]
    fed = [tensorflow.constant([[text] for text in batch]) for batch in batches]
    np.testing.assert_allclose(
        probabilities, np.concatenate([model.predict(each, verbose=0) for each in fed]), atol=1e-5
    )
    assert np.diff(result.importances.offsets).tolist()[::2] == [5, 1, 8, 2]
    assert result.attributor.trim.reason == "the model pads its texts by itself"
    assert np.abs(result.importances.values).max() > 1000
