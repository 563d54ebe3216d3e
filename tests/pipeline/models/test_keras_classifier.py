from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import NO_LENGTH_LIMIT
from camlode.pipeline.models.keras_classifier import wrap_keras_model
from camlode.pipeline.models.vectorization import read_vectorizer_settings


def pooled(keras: Any, x: Any) -> Any:
    return keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(keras.layers.Embedding(10, 4)(x)))


@pytest.mark.parametrize("length", [7, None])
def test_the_length_is_that_of_the_input_layer(keras: Any, length: int | None) -> None:
    ids = keras.Input((length,), dtype="int32")
    classifier = wrap_keras_model(keras.Model(ids, pooled(keras, ids)))
    assert (classifier.length, classifier.takes_text) == (length, False)


def test_an_unbuilt_model_takes_any_length(keras: Any) -> None:
    assert wrap_keras_model(keras.Sequential([keras.layers.Embedding(10, 4)])).length is None


def two_inputs(keras: Any, second: tuple[int | None, ...] = (4,)) -> Any:
    ids, other = keras.Input((4,), dtype="int32", name="ids"), keras.Input(second, name="other")
    joined = keras.layers.Concatenate()(
        [pooled(keras, ids), keras.ops.reshape(other, (-1, second[0] if second else 1))]
    )
    return keras.Model([ids, other], keras.layers.Dense(2)(joined))


@pytest.mark.parametrize(
    ("fillings", "message"),
    [
        (
            None,
            r"takes 2 inputs \(ids, other\); say in model\.inputs how each is filled: ids, length, mask or a number",
        ),
        ({"ids": "ids"}, r"^model\.inputs has ids; the model's inputs are ids, other$"),
        ({"ids": "ids", "length": 1.0}, r"^model\.inputs has ids, length; the model's inputs are ids, other$"),
        ({"ids": "mask", "other": "length"}, r"^model\.inputs: exactly one input must be filled with ids$"),
        ({"ids": "ids", "other": "ids"}, r"^model\.inputs: exactly one input must be filled with ids$"),
    ],
)
def test_missing_or_wrong_fillings_are_refused(keras: Any, fillings: Any, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        wrap_keras_model(two_inputs(keras), fillings)


@pytest.mark.parametrize(
    ("filling", "second", "expected"),
    [
        ("mask", (4,), [[1, 1, 1, 0], [1, 0, 0, 0]]),
        ("length", (), [3, 1]),
        ("length", (1,), [[3], [1]]),
        (0.5, (2,), [[0.5, 0.5], [0.5, 0.5]]),
    ],
)
def test_the_array_of_an_input(keras: Any, filling: Any, second: tuple[int, ...], expected: Any) -> None:
    classifier = wrap_keras_model(two_inputs(keras, second), {"ids": "ids", "other": filling})
    ids = np.array([[5, 6, 7, 0], [8, 0, 0, 0]], np.int32)
    filled = classifier.build_inputs(ids, ids > 0)
    assert [each.tolist() for each in filled] == [ids.tolist(), expected]
    assert [each.dtype.name for each in filled] == ["int32", "float32"]


def test_an_input_of_vectors_is_refused(keras: Any) -> None:
    vectors = keras.Input((4, 8))
    with pytest.raises(ModelError, match=r"input has the shape \(None, 4, 8\); expected \(documents, tokens\)"):
        wrap_keras_model(keras.Model(vectors, keras.layers.GlobalMaxPooling1D()(vectors)))


def test_the_error_of_a_model_is_one_line(keras: Any) -> None:
    class Failing(keras.Model):  # type: ignore[misc]
        def call(self, ids: Any) -> Any:
            raise RuntimeError(f"not\n{ids.shape}")

    with pytest.raises(ModelError, match=r"^the model cannot be run on 5 tokens: RuntimeError: .*not \(2, 5\)"):
        wrap_keras_model(Failing()).sample_output(5)


def test_the_embedding_of_a_model_inside_is_found(keras: Any) -> None:
    class OwnEmbedding(keras.layers.Embedding):  # type: ignore[misc]
        pass

    model = keras.Sequential([keras.Sequential([OwnEmbedding(123, 4)]), keras.layers.GlobalMaxPooling1D()])
    assert wrap_keras_model(model).embedding_size() == 123
    assert wrap_keras_model(keras.Sequential([keras.layers.Dense(2)])).embedding_size() is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (True, True, False, NO_LENGTH_LIMIT)),
        ({"standardize": None, "output_sequence_length": 5}, (False, False, False, 5)),
        ({"standardize": "lower", "split": "character"}, (True, False, True, NO_LENGTH_LIMIT)),
        ({"standardize": "strip_punctuation"}, (False, True, False, NO_LENGTH_LIMIT)),
    ],
)
def test_settings_of_a_vectorizer(keras: Any, options: dict[str, Any], expected: Any) -> None:
    layer = keras.layers.TextVectorization(vocabulary=["so", "we"], **options)
    settings = read_vectorizer_settings(layer)
    assert (settings.lowercase, settings.strip_punctuation, settings.by_character, settings.length) == expected
    assert (dict(settings.ids), settings.unknown) == ({"so": 2, "we": 3}, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"standardize": lambda text: text}, "by a custom function"),
        ({"split": lambda text: text}, "by a custom function"),
        ({"ngrams": 2}, "ngrams=\\(1, 2\\)"),
        ({"output_mode": "multi_hot"}, "gives 'multi_hot'"),
        ({"split": None}, "split=None"),
    ],
)
def test_a_vectorizer_whose_tokens_cannot_be_followed_is_refused(
    keras: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        read_vectorizer_settings(keras.layers.TextVectorization(vocabulary=["so", "we"], **options))
