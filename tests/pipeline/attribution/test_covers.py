"""Which tokens a layer's positions cover, whatever stands before the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

LENGTH = 6
OWN = [[token] for token in range(LENGTH)]
PAIRS = [[token, token + 1] for token in range(LENGTH - 1)]


@pytest.fixture(scope="session")
def find_receptive_fields(keras: Any) -> Callable[..., Any]:
    """Covers of the layers named, or of those that "auto" chooses, as lists of tokens."""
    from camlode.pipeline.attribution.target_layers import select_target_layers
    from camlode.pipeline.models.keras_classifier import wrap_keras_model

    def run(model: Any, layers: str | list[str] = "auto", tokens: int = LENGTH) -> dict[str, list[list[int]]]:
        target_layers = select_target_layers(wrap_keras_model(model), layers, tokens=tokens)
        receptive_fields = target_layers.receptive_fields(tokens)
        names = [layer.name for layer in target_layers.layers]
        return {
            name: [np.flatnonzero(row).tolist() for row in receptive_field]
            for name, receptive_field in zip(names, receptive_fields, strict=True)
        }

    return run


@pytest.fixture(scope="session")
def build_model(keras: Any) -> Callable[..., Any]:
    """A functional model: an embedding, what `middle` makes of it, and pooling to two labels."""

    def build(middle: Callable[[Any, Any], Any], length: int | None = LENGTH) -> Any:
        ids = keras.Input((length,), dtype="int32")
        end = middle(keras.layers, keras.layers.Embedding(10, 4)(ids))
        pool = keras.layers.GlobalMaxPooling1D() if len(end.shape) == 3 else keras.layers.GlobalMaxPooling2D()
        return keras.Model(ids, keras.layers.Dense(2, activation="softmax")(pool(end)))

    return build


def middle_zero_padding(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.ZeroPadding1D((1, 2))(x))


def middle_cropping(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.Cropping1D((1, 2))(x))


def middle_residual(layers: Any, x: Any) -> Any:
    x = layers.Add()([x, layers.Conv1D(4, 3, padding="same", name="inner")(x)])
    return layers.Conv1D(3, 2, strides=2, name="conv")(x)


def middle_bidirectional(layers: Any, x: Any) -> Any:
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(x)
    return layers.Conv1D(3, 2, name="conv")(x)


def middle_attention(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.MultiHeadAttention(2, 2)(x, x))


def middle_normalised(layers: Any, x: Any) -> Any:
    x = layers.Dense(4, activation="relu")(layers.SpatialDropout1D(0.5)(x))
    return layers.Activation("relu")(layers.BatchNormalization()(layers.Conv1D(3, 2, name="conv")(x)))


def middle_two_dimensions(layers: Any, x: Any) -> Any:
    return layers.Conv2D(3, (2, 4), name="conv")(layers.Reshape((LENGTH, 4, 1))(x))


def middle_two_dimensions_padded(layers: Any, x: Any) -> Any:
    x = layers.ZeroPadding2D(((1, 0), (0, 0)))(layers.Reshape((LENGTH, 4, 1))(x))
    return layers.Conv2D(3, (2, 4), name="conv")(x)


def middle_separable(layers: Any, x: Any) -> Any:
    return layers.SeparableConv1D(3, 2, name="conv")(x)


def middle_squeeze_and_excite(layers: Any, x: Any) -> Any:
    x = layers.Conv1D(4, 2, name="conv")(x)
    gate = layers.Reshape((1, 4))(layers.GlobalAveragePooling1D()(x))
    return layers.Multiply()([x, layers.Conv1D(4, 1, activation="sigmoid", name="gate")(gate)])


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        (middle_zero_padding, [[0], *PAIRS, [5], []]),
        (middle_cropping, [[1, 2], [2, 3]]),
        # The residual's own token and those beside it, two positions at a time.
        (middle_residual, [[0, 1, 2], [1, 2, 3, 4], [3, 4, 5]]),
        (middle_bidirectional, PAIRS),
        (middle_attention, PAIRS),
        (middle_normalised, PAIRS),
        (middle_two_dimensions, PAIRS),
        (middle_two_dimensions_padded, [[0], *PAIRS]),
        (middle_separable, PAIRS),
        (middle_squeeze_and_excite, PAIRS),
    ],
)
def test_covers_of_the_convolution_behind(
    find_receptive_fields: Any, build_model: Any, middle: Any, expected: list[list[int]]
) -> None:
    assert find_receptive_fields(build_model(middle)) == {"conv": expected}


@pytest.mark.parametrize("name", ["bidirectional", "attention", "addition"])
def test_a_layer_that_keeps_the_length_keeps_each_position_with_its_token(
    find_receptive_fields: Any, build_model: Any, name: str
) -> None:
    def middle(layers: Any, x: Any) -> Any:
        x = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="bidirectional")(x)
        x = layers.Add(name="addition")([x, layers.MultiHeadAttention(2, 2, name="attention")(x, x)])
        return layers.Conv1D(3, 2)(x)

    assert find_receptive_fields(build_model(middle), [name]) == {name: OWN}


def test_covers_follow_the_length_of_the_text(find_receptive_fields: Any, build_model: Any) -> None:
    model = build_model(lambda layers, x: layers.Conv1D(3, 2, strides=2, name="conv")(x), length=None)
    assert find_receptive_fields(model, tokens=3) == {"conv": [[0, 1]]}
    assert find_receptive_fields(model, tokens=5) == {"conv": [[0, 1], [2, 3]]}


def subclassed(keras: Any, run: Callable[[Any, Any], Any], **parts: Any) -> Any:
    """A subclassed model: `run(model, embedded)` makes of an embedded text what is pooled."""

    class Classifier(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.embedding = keras.layers.Embedding(10, 4)
            self.scores = keras.layers.Dense(2)
            for name, layer in parts.items():
                setattr(self, name, layer)

        def call(self, ids: Any) -> Any:
            pooled = keras.ops.max(run(self, self.embedding(ids)), axis=1)
            return keras.ops.softmax(self.scores(pooled))

    return Classifier()


def test_a_plain_addition_in_a_model_adds_what_both_cover(keras: Any, find_receptive_fields: Any) -> None:
    layers = keras.layers
    model = subclassed(
        keras,
        lambda own, x: own.last(x + own.inner(x)),
        inner=layers.Conv1D(4, 3, padding="same"),
        last=layers.Conv1D(3, 1, name="conv"),
    )
    around = [[token for token in (own - 1, own, own + 1) if 0 <= token < LENGTH] for own in range(LENGTH)]
    assert find_receptive_fields(model) == {"conv": around}


def test_a_plain_addition_in_a_layer_adds_what_both_cover(
    keras: Any, find_receptive_fields: Any, build_model: Any
) -> None:
    class Residual(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name="residual")
            self.inner = keras.layers.Conv1D(4, 2, padding="causal")

        def call(self, x: Any) -> Any:
            return x + keras.ops.relu(self.inner(x))

    model = build_model(lambda layers, x: layers.Conv1D(3, 1, name="conv")(Residual()(x)))
    assert find_receptive_fields(model) == {"conv": [[0], *PAIRS]}


def test_a_branch_does_not_widen_another(keras: Any, find_receptive_fields: Any) -> None:
    # Both keep the length, and only plain operations stand between; the wide one must not leak into the narrow one.
    model = subclassed(
        keras,
        lambda own, x: keras.ops.concatenate([own.wide(x), own.narrow(keras.ops.tanh(x))], axis=2),
        wide=keras.layers.Conv1D(3, 5, padding="same", name="wide"),
        narrow=keras.layers.Conv1D(3, 1, name="narrow"),
    )
    assert find_receptive_fields(model)["narrow"] == OWN


def test_attention_written_by_hand_keeps_each_position_with_its_token(keras: Any, find_receptive_fields: Any) -> None:
    def attend(own: Any, x: Any) -> Any:
        weights = own.weights_dropout(keras.ops.softmax(keras.ops.matmul(x, keras.ops.transpose(x, (0, 2, 1)))))
        return own.last(keras.ops.matmul(weights, x))

    dropout, last = keras.layers.Dropout(0.1), keras.layers.Conv1D(3, 2, name="conv")
    assert find_receptive_fields(subclassed(keras, attend, weights_dropout=dropout, last=last)) == {"conv": PAIRS}


def test_the_input_may_be_as_long_as_a_layer_is_wide(find_receptive_fields: Any, build_model: Any) -> None:
    # Six units behind the pooling are not six tokens.
    def middle(layers: Any, x: Any) -> Any:
        x = layers.Conv1D(LENGTH, 2, name="conv")(x)
        gate = layers.RepeatVector(LENGTH - 1)(layers.Dense(LENGTH)(layers.GlobalAveragePooling1D()(x)))
        return layers.Concatenate()([x, gate])

    assert find_receptive_fields(build_model(middle)) == {"conv": PAIRS}


def refused_upsampling(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.UpSampling1D(2)(layers.MaxPooling1D(2)(x)))


def refused_transposed(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.Conv1DTranspose(4, 3, padding="same")(x))


def refused_backwards(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.LSTM(4, return_sequences=True, go_backwards=True)(x))


def refused_swapped(layers: Any, x: Any) -> Any:
    return layers.Conv1D(3, 2, name="conv")(layers.Permute((2, 1))(layers.Dense(LENGTH)(x)))


def refused_one_unknown_of_two(layers: Any, x: Any) -> Any:
    backwards = layers.LSTM(4, return_sequences=True, go_backwards=True)(x)
    return layers.Conv1D(3, 2, name="conv")(layers.Add()([x, backwards]))


def refused_from_a_vector(layers: Any, x: Any) -> Any:
    vector = layers.Dense(LENGTH)(layers.GlobalAveragePooling1D()(x))
    return layers.Conv1D(3, 2, name="conv")(layers.Reshape((LENGTH, 1))(vector))


@pytest.mark.parametrize(
    "middle",
    [
        refused_upsampling,
        refused_transposed,
        refused_backwards,
        refused_swapped,
        refused_one_unknown_of_two,
        refused_from_a_vector,
    ],
)
def test_what_moves_positions_in_an_unknown_way_is_refused(
    find_receptive_fields: Any, build_model: Any, middle: Any
) -> None:
    with pytest.raises(ModelError, match=r"layer 'conv' gives documents×.*unknown which tokens"):
        find_receptive_fields(build_model(middle))


def test_a_length_changed_by_plain_operations_is_refused(keras: Any, find_receptive_fields: Any) -> None:
    # Two positions shorter by the convolution, and filled up again by hand: position t is not token t any more.
    model = subclassed(
        keras,
        lambda own, x: own.last(keras.ops.pad(own.inner(x), [[0, 0], [2, 0], [0, 0]])),
        inner=keras.layers.Conv1D(4, 3),
        last=keras.layers.Conv1D(3, 1, name="conv"),
    )
    with pytest.raises(ModelError, match=r"layer 'conv' gives .*unknown which tokens"):
        find_receptive_fields(model, ["conv"])
