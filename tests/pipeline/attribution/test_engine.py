"""Engine: its predictions are those of `model.predict`, however the model is written; models it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LENGTH = 6
DOCUMENTS = [[1, 2, 3], [4, 5, 6, 7, 8, 9], [2], [9, 9, 1, 3], [5, 1, 1, 5, 1]]
PADDED = np.array([document + [0] * (LENGTH - len(document)) for document in DOCUMENTS], np.int32)


def assert_predictions_match(explain: Any, model: Any, expected: Any = None, **options: Any) -> Any:
    result = explain(model, DOCUMENTS, labels=3, length=LENGTH, requested_labels=range(3), batch_size=2, **options)
    probabilities = np.zeros((len(DOCUMENTS), 3))
    probabilities[result.importances.documents, result.importances.labels] = result.importances.probabilities
    expected = model.predict(PADDED, verbose=0) if expected is None else expected
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    assert result.attributor.target_layers.is_target, "nothing was explained"
    return result


def functional(
    keras: Any, *end: Any, dtype: str = "int32", length: int | None = LENGTH, mask_zero: bool = False
) -> Any:
    layers = keras.layers
    ids = keras.Input((length,), dtype=dtype)
    x = layers.Conv1D(4, 2, activation="relu")(layers.Embedding(10, 4, mask_zero=mask_zero)(ids))
    x = layers.GlobalMaxPooling1D()(x)
    for layer in end:
        x = layer(x)
    return keras.Model(ids, x)


@pytest.mark.parametrize(
    ("end", "activation"),
    [
        (lambda layers: [layers.Dense(3, activation="sigmoid")], "sigmoid"),
        (lambda layers: [layers.Dense(3), layers.Activation("softmax")], "softmax"),
        (lambda layers: [layers.Dense(3), layers.Softmax(), layers.Dropout(0.5)], "softmax"),
        (lambda layers: [layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(3, "softmax")], "softmax"),
    ],
)
def test_ends_of_models(keras: Any, explain: Any, end: Any, activation: str) -> None:
    # The task doesn't change the model's own probabilities.
    result = assert_predictions_match(explain, functional(keras, *end(keras.layers)), task="multiclass")
    assert result.attributor.activation == activation


@pytest.mark.parametrize(("task", "activation"), [("multiclass", "softmax"), ("multilabel", "sigmoid")])
def test_the_task_decides_on_the_activation_of_logits(keras: Any, explain: Any, task: str, activation: str) -> None:
    model = functional(keras, keras.layers.Dense(3))
    expected = getattr(keras.ops, activation)(model.predict(PADDED, verbose=0))
    assert assert_predictions_match(explain, model, expected, task=task).attributor.activation == "linear"


def test_batch_normalisation_uses_its_moving_averages(keras: Any, explain: Any) -> None:
    normalise = keras.layers.BatchNormalization()
    model = functional(keras, normalise, keras.layers.Dense(3, activation="softmax"))
    normalise.set_weights([np.full(4, value) for value in (2.0, 1.0, 3.0, 0.5)])
    assert_predictions_match(explain, model)


@pytest.mark.parametrize(
    "options", [{"dtype": "int64"}, {"dtype": "float32"}, {"length": None}, {"mask_zero": True}], ids=str
)
def test_inputs_of_models(keras: Any, explain: Any, options: dict[str, Any]) -> None:
    assert_predictions_match(explain, functional(keras, keras.layers.Dense(3, activation="softmax"), **options))


@pytest.fixture
def half_precision(keras: Any) -> Iterator[None]:
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    yield
    keras.mixed_precision.set_dtype_policy("float32")


@pytest.mark.usefixtures("half_precision")
@pytest.mark.parametrize("last", ["float16", "float32"])
def test_mixed_precision(keras: Any, explain: Any, last: str) -> None:
    layers = keras.layers
    model = functional(keras, layers.Dense(3), layers.Activation("softmax", dtype=last))
    assert_predictions_match(explain, model)


def sequential_layers(keras: Any) -> list[Any]:
    layers = keras.layers
    convolution = layers.Conv1D(4, 2, activation="relu")
    return [layers.Embedding(10, 4), convolution, layers.GlobalMaxPooling1D(), layers.Dense(3, activation="softmax")]


def sequential(keras: Any) -> Any:
    return keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *sequential_layers(keras)])


def sequential_built_by_its_first_data(keras: Any) -> Any:
    model = keras.Sequential(sequential_layers(keras))
    model(PADDED[:3])
    return model


def sequential_never_built(keras: Any) -> Any:
    return keras.Sequential(sequential_layers(keras))


def output_alone_in_a_list(keras: Any) -> Any:
    model = functional(keras, keras.layers.Dense(3, activation="softmax"))
    inside = keras.Model(model.input, [model.output])
    inside.predict = model.predict
    return inside


def subclassed(keras: Any, end: Any) -> Any:
    class Classifier(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = keras.layers.Embedding(10, 4)
            self.stack = keras.Sequential([keras.layers.Conv1D(4, 3, padding="same"), keras.layers.Conv1D(4, 2)])
            self.scores = keras.layers.Dense(3)

        def call(self, ids: Any) -> Any:
            return end(self.scores(keras.ops.max(keras.ops.relu(self.stack(self.embedding(ids))), axis=1)))

    return Classifier()


def subclassed_with_a_cast_softmax(keras: Any) -> Any:
    import tensorflow as tf

    return subclassed(keras, lambda x: tf.identity(keras.ops.cast(tf.nn.softmax(x), "float16")))


def subclassed_compiled_by_its_own_tf_function(keras: Any) -> Any:
    import tensorflow as tf

    model = subclassed(keras, keras.ops.softmax)
    model.call = tf.function(model.call)
    return model


def subclass_of_a_pooling_layer(keras: Any) -> Any:
    class Halved(keras.layers.GlobalMaxPooling1D):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return super().call(x) / 2

    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = Halved()(layers.Conv1D(4, 2)(layers.Embedding(10, 4)(ids)))
    return keras.Model(ids, layers.Dense(3, activation="softmax")(x))


def recurrent_on_either_side(keras: Any) -> Any:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = layers.GRU(2, return_sequences=True)(layers.Embedding(10, 4)(ids))
    return keras.Model(ids, layers.Dense(3, activation="softmax")(layers.LSTM(3)(layers.Conv1D(4, 2)(x))))


@pytest.mark.parametrize(
    "build",
    [
        sequential,
        sequential_built_by_its_first_data,
        sequential_never_built,
        output_alone_in_a_list,
        subclassed_with_a_cast_softmax,
        subclassed_compiled_by_its_own_tf_function,
        subclass_of_a_pooling_layer,
        recurrent_on_either_side,
    ],
)
def test_kinds_of_models(keras: Any, explain: Any, build: Callable[[Any], Any]) -> None:
    assert assert_predictions_match(explain, build(keras)).attributor.activation == "softmax"


def test_a_model_inside_a_model_keeps_its_mask(keras: Any, explain: Any) -> None:
    # The outer average leaves out what the inner embedding masks, even if the inner model is the target layer.
    layers = keras.layers
    inner_ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(10, 4, mask_zero=True)(inner_ids)
    encoder = keras.Model(inner_ids, layers.Dense(4, activation="relu")(embedded), name="encoder")
    ids = keras.Input((LENGTH,), dtype="int32")
    scores = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(encoder(ids)))
    assert_predictions_match(explain, keras.Model(ids, scores), layers=["encoder"])


def test_probabilities_whose_softmax_cannot_be_seen_are_refused(keras: Any, explain: Any) -> None:
    def softmax_by_hand(x: Any) -> Any:
        raised = keras.ops.exp(x)
        return raised / keras.ops.sum(raised, axis=1, keepdims=True)

    with pytest.raises(ModelError, match="scores add up to 1, but it does not end in a softmax"):
        explain(subclassed(keras, softmax_by_hand), DOCUMENTS, labels=3, length=LENGTH)


def test_a_model_that_runs_only_uncompiled_is_refused(keras: Any, explain: Any) -> None:
    def branch_on_a_value(x: Any) -> Any:
        return x if float(keras.ops.sum(x)) > 1e9 else -x

    with pytest.raises(ModelError, match=r"^the model can be run, but not compiled: "):
        explain(subclassed(keras, branch_on_a_value), DOCUMENTS, labels=3, length=LENGTH)


def test_a_model_inside_that_asks_for_its_length_is_fed_at_that_length(keras: Any, explain: Any) -> None:
    # Long enough to be trimmed, were it not for the model inside.
    length = 24
    ids = keras.Input((length,), dtype="int32")
    inside = functional(keras, keras.layers.Dense(3, activation="softmax"), length=length)
    outer = keras.Model(ids, inside(ids))
    result = explain(outer, DOCUMENTS, labels=3, length=length, requested_labels=range(3))
    assert "takes no shorter texts" in result.attributor.trim.reason
    padded = np.array([document + [0] * (length - len(document)) for document in DOCUMENTS], np.int32)
    probabilities = result.importances.probabilities.reshape(len(DOCUMENTS), 3)
    np.testing.assert_allclose(np.sort(probabilities), np.sort(outer.predict(padded, verbose=0)), atol=1e-6)
