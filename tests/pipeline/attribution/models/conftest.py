"""The kinds of models of the field, small, each with the documents that it is tried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 24
KNOWN = 20
MIXED = (1, 3, 8, LENGTH, 2, 17)


@dataclass(frozen=True)
class ModelCase:
    """A model, and how it is opened."""

    model: Any
    labels: int
    options: dict[str, Any] = field(default_factory=dict)
    length: int = LENGTH

    @property
    def documents(self) -> list[list[int]]:
        chance = np.random.default_rng(5)
        return [chance.integers(1, KNOWN, size).tolist() for size in (*MIXED, self.length)]

    def predict(self) -> Any:
        ids = np.array([document + [0] * (self.length - len(document)) for document in self.documents], np.int32)
        return self.model.predict(ids, verbose=0)


def _masked_maximum(keras: Any) -> Any:
    class MaskedMaximum(keras.layers.Layer):  # type: ignore[misc]
        supports_masking = True

        def call(self, x: Any, mask: Any = None) -> Any:
            return keras.ops.max(keras.ops.where(mask[..., None], x, -1e9), axis=1)

    return MaskedMaximum()


def _masked_convolutions(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedding = layers.Embedding(KNOWN, 6, mask_zero=True)
    x = layers.Conv1D(5, 2, padding="same", activation="relu", name="conv_2")(embedding(ids))
    x = layers.Conv1D(4, 3, padding="same", activation="relu", name="conv_3")(x)
    x = layers.Dense(5, activation="tanh")(_masked_maximum(keras)(x, mask=embedding.compute_mask(ids)))
    return ModelCase(keras.Model(ids, layers.Dense(3, activation="softmax")(x)), 3)


def _flattened(keras: Any) -> ModelCase:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((150,), dtype="int32"),
            layers.Embedding(KNOWN, 6),
            layers.Conv1D(5, 3, activation="relu"),
            layers.Dropout(0.5),
            layers.MaxPooling1D(5),
            layers.Flatten(),
            layers.Dense(5, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    return ModelCase(model, 3, length=150)


def _averaged_branches(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(KNOWN, 6)(ids)
    ends = [layers.Conv1D(4, size, activation="relu", name=f"conv_{size}")(embedded) for size in (1, 2, 3)]
    pooled = layers.Concatenate()([layers.GlobalAveragePooling1D()(end) for end in ends])
    return ModelCase(keras.Model(ids, layers.Dense(2, activation="softmax")(pooled)), 2)


def _recurrent_attention(keras: Any, *, mask: bool = False) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(KNOWN, 6, mask_zero=mask)(ids)
    read = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(embedded)
    attended = layers.Attention()([read, read])
    ends = [layers.Conv1D(4, size, activation="relu", name=f"conv_{size}")(attended) for size in (1, 2, 3)]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling1D()(end) for end in ends])
    model = keras.Model(ids, layers.Dense(40, activation="sigmoid")(pooled))
    return ModelCase(model, 40, options={"task": "multilabel"})


def _residual(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(KNOWN, 6)(ids)
    x = layers.Add()([embedded, layers.Conv1D(6, 3, padding="same", activation="relu")(embedded)])
    x = layers.Conv1D(5, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Conv1D(4, 2, dilation_rate=2, padding="same", name="last")(x)
    x = layers.GlobalMaxPooling1D()(layers.Activation("relu")(layers.BatchNormalization()(x)))
    return ModelCase(keras.Model(ids, layers.Dense(3, activation="softmax")(x)), 3)


def _separable(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = layers.SeparableConv1D(5, 3, activation="relu")(layers.Embedding(KNOWN, 6)(ids))
    return ModelCase(keras.Model(ids, layers.Dense(3)(layers.GlobalMaxPooling1D()(x))), 3)


def _two_dimensional(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    image = layers.Reshape((-1, 6, 1))(layers.Embedding(KNOWN, 6)(ids))
    ends = [layers.Conv2D(4, (size, 6), activation="relu")(image) for size in (2, 3)]
    pooled = layers.Concatenate()([layers.GlobalMaxPooling2D()(end) for end in ends])
    return ModelCase(keras.Model(ids, layers.Dense(3, activation="softmax")(pooled)), 3)


def _transformer(keras: Any) -> ModelCase:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    places = layers.Embedding(LENGTH, 6, name="places")(keras.ops.arange(LENGTH))
    x = layers.Embedding(KNOWN, 6, name="tokens")(ids) + places
    attended = layers.MultiHeadAttention(2, 3, name="attention")(x, x)
    x = layers.LayerNormalization(name="first")(layers.Add()([x, attended]))
    wide = layers.Dense(8, activation="gelu", name="wide")(x)
    x = layers.LayerNormalization(name="second")(layers.Add()([x, layers.Dense(6)(wide)]))
    model = keras.Model(ids, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))
    return ModelCase(model, 3, options={"layers": ["second"], "embedding": "tokens"})


def _subclassed(keras: Any) -> ModelCase:
    class Classifier(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = keras.layers.Embedding(KNOWN, 6)
            self.stack = [keras.layers.Conv1D(4, size, activation="relu") for size in (2, 3)]
            self.scores = keras.layers.Dense(3, activation="softmax")

        def call(self, ids: Any) -> Any:
            embedded = self.embedding(ids)
            return self.scores(keras.ops.concatenate([keras.ops.max(c(embedded), axis=1) for c in self.stack], 1))

    model = Classifier()
    model(np.zeros((1, LENGTH), np.int32))
    return ModelCase(model, 3)


BUILDERS: dict[str, Callable[[Any], ModelCase]] = {
    "masked convolutions": _masked_convolutions,
    "flattened": _flattened,
    "averaged branches": _averaged_branches,
    "recurrent and attention": _recurrent_attention,
    "recurrent and attention, masked": lambda keras: _recurrent_attention(keras, mask=True),
    "residual, stride, dilation": _residual,
    "separable": _separable,
    "two-dimensional": _two_dimensional,
    "transformer": _transformer,
    "subclassed": _subclassed,
}


@pytest.fixture(scope="session")
def randomize_weights() -> Callable[[Any], None]:
    """Moves all weights of a model, biases too, by chance."""

    def move(model: Any) -> None:
        chance = np.random.default_rng(11)
        for weight in model.trainable_variables:
            weight.assign(weight + chance.normal(0, 0.2, weight.shape))

    return move


@pytest.fixture(scope="session")
def get_case(keras: Any, randomize_weights: Any) -> Callable[[str], ModelCase]:
    """A model by its name, built once."""
    built: dict[str, ModelCase] = {}

    def get(name: str) -> ModelCase:
        if name not in built:
            keras.utils.set_random_seed(len(name))
            built[name] = BUILDERS[name](keras)
            randomize_weights(built[name].model)
        return built[name]

    return get


@pytest.fixture(scope="session")
def get_attributor(get_case: Any, open_attributor: Any) -> Callable[..., Any]:
    """An attributor of a model by its name, compiled once for the same options."""
    kept: dict[Any, Any] = {}

    def get(name: str, **options: Any) -> Any:
        key = (name, *sorted(options.items(), key=str))
        if str(key) not in kept:
            each = get_case(name)
            settings = {"batch_size": 3, "largest_id": KNOWN - 1, "length": each.length} | each.options | options
            kept[str(key)] = open_attributor(each.model, each.labels, **settings)
        return kept[str(key)]

    return get
