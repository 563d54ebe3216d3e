"""The kinds of models of the field, small: each is explained as it predicts, trimmed or not, by methods that fit it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError
from camlode.pipeline.attribution.trimming import NO_TRIM

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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def get_attributor(get_case: Any, open_attributor: Any) -> Callable[..., Any]:
    """An attributor of a model by its name."""

    def get(name: str, **options: Any) -> Any:
        case = get_case(name)
        settings = {"batch_size": 3, "largest_id": KNOWN - 1, "length": case.length} | case.options | options
        return open_attributor(case.model, case.labels, **settings)

    return get


TRIMMED = {
    "masked convolutions",
    "recurrent and attention, masked",
    "residual, stride, dilation",
    "separable",
    "two-dimensional",
    "subclassed",
}


@pytest.mark.parametrize("name", BUILDERS)
def test_a_model_is_explained_as_it_predicts(name: str, get_case: Any, get_attributor: Any, make_tokens: Any) -> None:
    case, attributor = get_case(name), get_attributor(name)
    tokens = make_tokens(case.documents)
    found = attributor.attribute(tokens, requested_labels=range(case.labels))
    probabilities = np.zeros((len(case.documents), case.labels), np.float32)
    probabilities[found.documents, found.labels] = found.probabilities
    expected = case.predict()
    if attributor.activation == "linear":
        expected = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(attributor.probabilities(tokens), expected, atol=1e-5)
    assert found.values.max() > 1000
    # Batches are trimmed only where the padding changes nothing, and then trimming changes no score.
    assert (attributor.trim.margin is not None) == (name in TRIMMED), attributor.trim
    if name in TRIMMED:
        attributor._engine.trim = NO_TRIM
        untrimmed = attributor.attribute(tokens, requested_labels=range(case.labels))
        np.testing.assert_array_equal(found.labels, untrimmed.labels)
        np.testing.assert_allclose(found.values, untrimmed.values, atol=10)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("masked convolutions", "lrp"),
        ("flattened", "deeplift"),
        ("averaged branches", "score-cam"),
        # What is explained lies behind the recurrent layer, so that the walks over operations don't meet its loop.
        ("recurrent and attention", "gradient-x-input"),
        ("residual, stride, dilation", "deeplift"),
        ("separable", "lrp"),
        ("two-dimensional", "lrp"),
        ("two-dimensional", "score-cam"),
        ("transformer", "score-cam"),
        ("transformer", "shapley"),
        ("subclassed", "deeplift"),
    ],
)
def test_a_method_explains_a_model(
    name: str, method: str, get_attributor: Any, get_case: Any, make_tokens: Any
) -> None:
    documents = get_case(name).documents[1:4]
    attributor = get_attributor(name, method=method, samples=1)
    found = attributor.attribute(make_tokens(documents), requested_labels=[0, 1])
    assert found.invalid.tolist() == []
    assert len(found.documents) == 6
    assert np.abs(found.values).max() > 1000
    if method in ("deeplift", "shapley"):
        np.testing.assert_allclose(found.residuals, 0, atol=1e-5)


PRODUCT = "multiplies two values that both depend on the text"


@pytest.mark.parametrize(
    ("name", "method", "reason"),
    [
        ("flattened", "cam", "in this model a channel's weight differs from text to text"),
        ("transformer", "lrp", PRODUCT),
        ("recurrent and attention", "deeplift", PRODUCT),
    ],
)
def test_a_method_that_does_not_support_a_model_gives_the_reason(
    name: str, method: str, reason: str, get_attributor: Any
) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        get_attributor(name, method=method)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("layer", ["tokens", "attention"])
def test_any_layer_of_a_transformer_is_explained_by_its_name(
    layer: str, get_attributor: Any, get_case: Any, make_tokens: Any
) -> None:
    documents = get_case("transformer").documents
    attributor = get_attributor("transformer", layers=(layer,), method="hirescam")
    found = attributor.attribute(make_tokens(documents), requested_labels=[0])
    assert attributor.target_layers.names == (layer,)
    assert np.diff(found.offsets).tolist() == [len(document) for document in documents]
    assert np.abs(found.values).max() > 1000


def test_branches_add_up(get_attributor: Any, get_case: Any, make_tokens: Any) -> None:
    tokens = make_tokens(get_case("averaged branches").documents)
    selections = [("conv_1",), ("conv_2", "conv_3"), "auto"]
    one, others, every = (
        get_attributor("averaged branches", layers=layers).attribute(tokens, requested_labels=[0, 1]).values
        for layers in selections
    )
    np.testing.assert_allclose(every, one + others, atol=3)
    assert min(one.max(), others.max()) > 100
