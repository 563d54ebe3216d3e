from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 6
IDS = np.array([[3, 1, 4, 1, 5, 0], [2, 6, 5, 0, 0, 0]], np.int32)


@pytest.fixture(scope="module")
def with_precision(keras: Any) -> Callable[..., Any]:
    from camlode.pipeline.models.keras_classifier import wrap_keras_model
    from camlode.pipeline.models.precision import with_precision as apply_precision

    return lambda model, precision: apply_precision(wrap_keras_model(model), precision, tokens=LENGTH)


@pytest.fixture(scope="module")
def model(keras: Any) -> Any:
    """Layers nested three deep, and a separate layer for the softmax."""
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = layers.Embedding(8, 4, mask_zero=True, name="embedding")(ids)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="lstm"), name="both")(x)
    x = layers.TimeDistributed(layers.Dense(4, name="each"), name="distributed")(x)
    inner = keras.Sequential([keras.Input((LENGTH, 4)), layers.Conv1D(3, 2, name="conv")], name="inner")
    x = layers.GlobalMaxPooling1D(name="pool")(inner(layers.MultiHeadAttention(2, 2, name="heads")(x, x)))
    x = layers.Dense(2, name="logits")(layers.Dropout(0.5, name="dropout")(x))
    return keras.Model(ids, layers.Activation("softmax", name="softmax")(x))


def compute_dtypes(classifier: Any) -> dict[str, set[str]]:
    """The types of each layer's outputs while the model runs, by its name."""
    from camlode.pipeline.models.trace import record_calls

    with record_calls(classifier.model, lambda output: output) as calls:
        classifier.run([IDS])
    found: dict[str, set[str]] = {}
    for call in calls:
        if hasattr(call.original_output, "dtype"):
            found.setdefault(call.layer.name, set()).add(call.original_output.dtype.name)
    return found


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_every_layer_before_the_logits_computes_in_it(with_precision: Any, model: Any, precision: str) -> None:
    found = compute_dtypes(with_precision(model, precision))
    few = ("embedding", "both", "forward_lstm", "each", "distributed", "query", "heads", "conv", "inner", "pool")
    assert {name: found[name] for name in few} == {name: {precision} for name in few}
    assert (found["dropout"], found["logits"], found["softmax"]) == ({precision}, {"float32"}, {"float32"})


def test_the_model_is_left_as_it_was(with_precision: Any, model: Any) -> None:
    before = model.predict(IDS, verbose=0)
    found = np.asarray(with_precision(model, "bfloat16").run([IDS]))
    assert 0 < np.abs(found - before).max() < 0.02
    np.testing.assert_array_equal(model.predict(IDS, verbose=0), before)
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert {layer.dtype_policy.name for layer in model._flatten_layers()} == {"float32"}


def test_float32_is_the_classifier_itself(keras: Any, model: Any) -> None:
    from camlode.pipeline.models.keras_classifier import wrap_keras_model
    from camlode.pipeline.models.precision import with_precision

    classifier = wrap_keras_model(model)
    assert with_precision(classifier, "float32", tokens=LENGTH) is classifier


def test_a_layer_with_a_type_of_its_own_keeps_it(keras: Any, with_precision: Any) -> None:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = layers.Conv1D(3, 2, dtype="float64", name="own")(layers.Embedding(8, 4, name="embedding")(ids))
    model = keras.Model(ids, layers.Dense(2)(layers.GlobalMaxPooling1D()(x)))
    found = compute_dtypes(with_precision(model, "bfloat16"))
    assert (found["embedding"], found["own"]) == ({"bfloat16"}, {"float64"})


def test_a_layer_that_computes_only_in_float32_is_refused(keras: Any, with_precision: Any) -> None:
    import tensorflow as tf

    class Strict(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x + tf.ones((4,), tf.float32)

    ids = keras.Input((LENGTH,), dtype="int32")
    x = Strict(name="strict")(keras.layers.Embedding(8, 4)(ids))
    model = keras.Model(ids, keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(x)))
    with pytest.raises(ModelError) as caught:
        with_precision(model, "bfloat16")
    assert str(caught.value).startswith("attribution.precision is bfloat16, but the model cannot be run on 6 tokens: ")
    assert str(caught.value).endswith("; set it to float32")
    assert "\n" not in str(caught.value)
