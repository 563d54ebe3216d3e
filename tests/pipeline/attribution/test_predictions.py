"""What is explained is what `model.predict` says, however the model is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 6
DOCUMENTS = [[1, 2, 3], [4, 5, 6, 7, 8, 9], [2], [9, 9, 1, 3], [5, 1, 1, 5, 1]]
PADDED = np.array([document + [0] * (LENGTH - len(document)) for document in DOCUMENTS], np.int32)


def assert_says_what_predict_says(explain: Any, model: Any, *, labels: int = 3, **options: Any) -> Any:
    result = explain(
        model, DOCUMENTS, labels=labels, length=LENGTH, requested_labels=range(labels), batch_size=2, **options
    )
    said = np.zeros((len(DOCUMENTS), labels))
    said[result.importances.documents, result.importances.labels] = result.importances.probabilities
    np.testing.assert_allclose(said, model.predict(PADDED, verbose=0), atol=1e-6)
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
        (lambda layers: [layers.Dense(3, activation="softmax")], "softmax"),
        (lambda layers: [layers.Dense(3, activation="sigmoid")], "sigmoid"),
        (lambda layers: [layers.Dense(3), layers.Activation("softmax")], "softmax"),
        (lambda layers: [layers.Dense(3), layers.Activation("sigmoid")], "sigmoid"),
        (lambda layers: [layers.Dense(3), layers.Softmax()], "softmax"),
        (lambda layers: [layers.Dense(3), layers.Softmax(), layers.Dropout(0.5)], "softmax"),
        (lambda layers: [layers.Dropout(0.5), layers.BatchNormalization(), layers.Dense(3, "softmax")], "softmax"),
    ],
)
def test_ends_of_models(keras: Any, explain: Any, end: Any, activation: str) -> None:
    result = assert_says_what_predict_says(explain, functional(keras, *end(keras.layers)))
    assert result.attributor.activation == activation


@pytest.mark.parametrize(("task", "squash"), [("multiclass", "softmax"), ("multilabel", "sigmoid")])
def test_logits_are_turned_into_what_the_task_says(keras: Any, explain: Any, task: str, squash: str) -> None:
    model = functional(keras, keras.layers.Dense(3))
    result = explain(model, DOCUMENTS, labels=3, length=LENGTH, task=task, requested_labels=[0, 1, 2])
    said = np.zeros((5, 3))
    said[result.importances.documents, result.importances.labels] = result.importances.probabilities
    expected = getattr(keras.ops, squash)(model.predict(PADDED, verbose=0))
    np.testing.assert_allclose(said, expected, atol=1e-6)
    assert result.attributor.activation == "linear"


def test_a_task_does_not_bend_what_the_model_says(keras: Any, explain: Any) -> None:
    # One sigmoid a label, of which the largest counts.
    model = functional(keras, keras.layers.Dense(3, activation="sigmoid"))
    assert_says_what_predict_says(explain, model, task="multiclass")


def test_batch_normalisation_uses_its_moving_averages(keras: Any, explain: Any) -> None:
    normalise = keras.layers.BatchNormalization()
    model = functional(keras, normalise, keras.layers.Dense(3, activation="softmax"))
    normalise.set_weights([np.full(4, value) for value in (2.0, 1.0, 3.0, 0.5)])
    assert_says_what_predict_says(explain, model)


@pytest.mark.parametrize(
    "options", [{"dtype": "int64"}, {"dtype": "float32"}, {"length": None}, {"mask_zero": True}], ids=str
)
def test_inputs_of_models(keras: Any, explain: Any, options: dict[str, Any]) -> None:
    assert_says_what_predict_says(explain, functional(keras, keras.layers.Dense(3, activation="softmax"), **options))


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
    assert_says_what_predict_says(explain, model)


def sequential_layers(keras: Any) -> list[Any]:
    layers = keras.layers
    convolution = layers.Conv1D(4, 2, activation="relu")
    return [layers.Embedding(10, 4), convolution, layers.GlobalMaxPooling1D(), layers.Dense(3, activation="softmax")]


def test_a_sequential_model(keras: Any, explain: Any) -> None:
    model = keras.Sequential([keras.Input((LENGTH,), dtype="int32"), *sequential_layers(keras)])
    assert_says_what_predict_says(explain, model)


def test_a_sequential_model_that_was_built_by_its_first_data(keras: Any, explain: Any) -> None:
    model = keras.Sequential(sequential_layers(keras))
    model(PADDED[:3])
    assert_says_what_predict_says(explain, model)


def test_a_sequential_model_that_was_never_built(keras: Any, explain: Any) -> None:
    assert_says_what_predict_says(explain, keras.Sequential(sequential_layers(keras)))


def test_an_output_alone_in_a_list(keras: Any, explain: Any) -> None:
    model = functional(keras, keras.layers.Dense(3, activation="softmax"))
    inside = keras.Model(model.input, [model.output])
    inside.predict = model.predict
    assert_says_what_predict_says(explain, inside)


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


@pytest.mark.parametrize("name", ["tensorflow", "keras", "cast"])
def test_a_subclassed_model_with_a_softmax_that_is_no_layer(keras: Any, explain: Any, name: str) -> None:
    import tensorflow

    ends = {
        "tensorflow": tensorflow.nn.softmax,
        "keras": keras.ops.softmax,
        "cast": lambda x: tensorflow.identity(keras.ops.cast(keras.ops.softmax(x), "float16")),
    }
    result = assert_says_what_predict_says(explain, subclassed(keras, ends[name]))
    assert result.attributor.activation == "softmax"


def test_a_subclassed_model_compiled_by_its_own_tf_function(keras: Any, explain: Any) -> None:
    import tensorflow

    model = subclassed(keras, keras.ops.sigmoid)
    model.call = tensorflow.function(model.call)
    result = assert_says_what_predict_says(explain, model)
    assert result.attributor.activation == "sigmoid"


def test_a_model_inside_a_model_keeps_its_mask(keras: Any, explain: Any) -> None:
    # The outer average leaves out what the inner embedding masks, also where the inner model is what is explained.
    layers = keras.layers
    inner_ids = keras.Input((LENGTH,), dtype="int32")
    embedded = layers.Embedding(10, 4, mask_zero=True)(inner_ids)
    encoder = keras.Model(inner_ids, layers.Dense(4, activation="relu")(embedded), name="encoder")
    ids = keras.Input((LENGTH,), dtype="int32")
    scores = layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(encoder(ids)))
    assert_says_what_predict_says(explain, keras.Model(ids, scores), layers=["encoder"])


def test_a_pooling_layer_derived_from_kerass_own_does_what_it_does(keras: Any, explain: Any) -> None:
    class Halved(keras.layers.GlobalMaxPooling1D):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return super().call(x) / 2

    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = Halved()(layers.Conv1D(4, 2)(layers.Embedding(10, 4)(ids)))
    assert_says_what_predict_says(explain, keras.Model(ids, layers.Dense(3, activation="softmax")(x)))


def test_recurrent_layers_on_either_side(keras: Any, explain: Any) -> None:
    layers = keras.layers
    ids = keras.Input((LENGTH,), dtype="int32")
    x = layers.Bidirectional(layers.GRU(2, return_sequences=True))(layers.Embedding(10, 4)(ids))
    x = layers.LSTM(3)(layers.Conv1D(4, 2)(x))
    model = keras.Model(ids, layers.Dense(3, activation="sigmoid")(x))
    assert_says_what_predict_says(explain, model, task="multilabel")


def test_probabilities_whose_softmax_cannot_be_seen_are_refused(keras: Any, explain: Any) -> None:
    def by_hand(x: Any) -> Any:
        raised = keras.ops.exp(x)
        return raised / keras.ops.sum(raised, axis=1, keepdims=True)

    with pytest.raises(ModelError, match="scores add up to 1, but it does not end in a softmax"):
        explain(subclassed(keras, by_hand), DOCUMENTS, labels=3, length=LENGTH)


def test_a_model_that_runs_only_uncompiled_is_refused(keras: Any, explain: Any) -> None:
    def by_value(x: Any) -> Any:
        return x if float(keras.ops.sum(x)) > 1e9 else -x

    with pytest.raises(ModelError, match=r"^the model can be run, but not compiled: "):
        explain(subclassed(keras, by_value), DOCUMENTS, labels=3, length=LENGTH)


def test_a_model_inside_that_asks_for_its_length_is_fed_at_that_length(keras: Any, explain: Any) -> None:
    # Room enough to be cut, were it not for the model inside.
    length = 24
    ids = keras.Input((length,), dtype="int32")
    inside = functional(keras, keras.layers.Dense(3, activation="softmax"), length=length)
    outer = keras.Model(ids, inside(ids))
    result = explain(outer, DOCUMENTS, labels=3, length=length, requested_labels=range(3))
    assert "takes no shorter texts" in result.attributor.trim.reason
    padded = np.array([document + [0] * (length - len(document)) for document in DOCUMENTS], np.int32)
    said = result.importances.probabilities.reshape(len(DOCUMENTS), 3)
    np.testing.assert_allclose(np.sort(said), np.sort(outer.predict(padded, verbose=0)), atol=1e-6)
