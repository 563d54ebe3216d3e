from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camlode.config.errors import ModelError
from camlode.pipeline.attribution.receptive_fields import Window, find_window, identity, is_convolution, pad, slide

if TYPE_CHECKING:
    from collections.abc import Callable


def list_tokens(receptive_field: Any) -> list[list[int]]:
    return [np.flatnonzero(row).tolist() for row in receptive_field]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(2, 1, 1, "valid"), [[0, 1], [1, 2], [2, 3], [3, 4]]),
        (Window(2, 2, 1, "valid"), [[0, 1], [2, 3]]),
        (Window(2, 1, 2, "valid"), [[0, 2], [1, 3], [2, 4]]),
        (Window(6, 1, 1, "valid"), []),
        (Window(2, 1, 1, "same"), [[0, 1], [1, 2], [2, 3], [3, 4], [4]]),
        (Window(4, 1, 1, "same"), [[0, 1, 2], [0, 1, 2, 3], [1, 2, 3, 4], [2, 3, 4], [3, 4]]),
        # 5 tokens in steps of 2 need 3 positions and reach 1 past either end.
        (Window(3, 2, 1, "same"), [[0, 1], [1, 2, 3], [3, 4]]),
        (Window(2, 1, 3, "same"), [[2], [0, 3], [1, 4], [2], [3]]),
        (Window(3, 1, 1, "causal"), [[0], [0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4]]),
        (Window(2, 2, 2, "causal"), [[0], [0, 2], [2, 4]]),
        # A step longer than the window leaves tokens out.
        (Window(1, 3, 1, "valid"), [[0], [3]]),
    ],
)
def test_receptive_fields_of_a_window(window: Window, expected: list[list[int]]) -> None:
    assert list_tokens(slide(identity(5), window)) == expected


def test_windows_over_windows() -> None:
    pooled = slide(identity(6), Window(2, 2, 1, "valid"))
    assert list_tokens(slide(pooled, Window(2, 1, 1, "valid"))) == [[0, 1, 2, 3], [2, 3, 4, 5]]


def test_positions_of_zeros_cover_nothing() -> None:
    padded = pad(identity(2), front=1, back=2)
    assert list_tokens(padded) == [[], [0], [1], [], []]
    assert list_tokens(slide(padded, Window(3, 1, 1, "valid"))) == [[0, 1], [0, 1], [1]]


def test_cropping_takes_positions_away() -> None:
    assert list_tokens(pad(identity(5), front=-1, back=-2)) == [[1], [2]]


def layers_with_windows(keras: Any) -> dict[str, tuple[Any, Window]]:
    layers = keras.layers
    return {
        "Conv1D": (layers.Conv1D(1, 3, strides=2, padding="same"), Window(3, 2, 1, "same")),
        "dilated": (layers.Conv1D(1, 3, dilation_rate=2, padding="causal"), Window(3, 1, 2, "causal")),
        "Conv2D": (layers.Conv2D(1, (2, 5)), Window(2, 1, 1, "valid")),
        "SeparableConv1D": (layers.SeparableConv1D(1, 4), Window(4, 1, 1, "valid")),
        "DepthwiseConv1D": (layers.DepthwiseConv1D(4), Window(4, 1, 1, "valid")),
        "MaxPooling1D": (layers.MaxPooling1D(3), Window(3, 3, 1, "valid")),
        "AveragePooling2D": (layers.AveragePooling2D((2, 1), strides=1, padding="same"), Window(2, 1, 1, "same")),
    }


@pytest.mark.parametrize(
    "name", ["Conv1D", "dilated", "Conv2D", "SeparableConv1D", "DepthwiseConv1D", "MaxPooling1D", "AveragePooling2D"]
)
def test_the_window_of_a_layer(keras: Any, name: str) -> None:
    layer, window = layers_with_windows(keras)[name]
    assert find_window(layer) == window
    assert is_convolution(layer) == ("Pooling" not in name)


def test_a_block_that_only_keeps_a_kernel_size_is_no_convolution(keras: Any) -> None:
    class Block(keras.layers.Layer):  # type: ignore[misc]
        kernel_size, strides, dilation_rate, padding, pool_size = 3, 1, 1, "same", 2

    assert not is_convolution(Block())
    assert find_window(Block()) is None


def test_a_transposed_convolution_has_no_window(keras: Any) -> None:
    assert find_window(keras.layers.Conv1DTranspose(1, 2)) is None


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    length=st.integers(3, 9),
    size=st.integers(1, 4),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    padding=st.sampled_from(["valid", "same", "causal"]),
)
def test_windows_agree_with_what_keras_computes(
    keras: Any, length: int, size: int, stride: int, dilation: int, padding: str
) -> None:
    # Keras takes no stride with a dilation; a valid kernel must fit in.
    dilation = 1 if stride > 1 else dilation
    if padding == "valid" and (size - 1) * dilation + 1 > length:
        padding = "same"
    layer = keras.layers.Conv1D(
        1, size, strides=stride, dilation_rate=dilation, padding=padding, kernel_initializer="ones", use_bias=False
    )
    # One document a token, with a 1 there and nothing else: what comes out says which positions see it.
    seen = np.asarray(layer(np.eye(length, dtype="float32")[:, :, None]))[:, :, 0].T > 0
    window = find_window(layer)
    assert window is not None
    np.testing.assert_array_equal(slide(identity(length), window), seen)


@pytest.fixture(scope="session")
def distribute_to_tokens(keras: Any) -> Any:
    """`distribute_to_tokens` on arrays."""
    from camlode.pipeline.attribution.receptive_fields import distribute_to_tokens as distribute_tensors

    def run(values: Any, receptive_field: Any, mask: Any) -> tuple[Any, Any]:
        result = distribute_tensors(*(np.asarray(each, np.float32) for each in (values, receptive_field, mask)))
        return np.asarray(result.scores), np.asarray(result.padding)

    return run


def test_a_position_over_text_and_padding_gives_all_to_the_text(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0]], [[1, 1, 1]], [[0, 1, 1]])
    assert scores.tolist() == [[0, 3, 3]]
    assert padding.tolist() == [0]


def test_a_position_over_padding_alone_gives_tokens_nothing(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0, 4.0]], [[1, 1, 0], [0, 0, 1]], [[1, 1, 0]])
    assert scores.tolist() == [[3, 3, 0]]
    assert padding.tolist() == [4]


def test_a_position_that_covers_no_token_counts_as_padding(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[6.0]], [[0, 0]], [[1, 1]])
    assert scores.tolist() == [[0, 0]]
    assert padding.tolist() == [6]


def test_a_document_that_is_not_a_number_leaves_the_others_alone(distribute_to_tokens: Any) -> None:
    scores, padding = distribute_to_tokens([[np.nan, 1.0], [2.0, 4.0]], [[1, 1], [0, 1]], [[1, 1], [1, 1]])
    assert scores[1].tolist() == [1, 5]
    assert padding[1] == 0


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), length=st.integers(2, 9), before=st.booleans())
def test_nothing_is_lost_and_padding_gets_exactly_nothing(
    distribute_to_tokens: Any, data: st.DataObject, length: int, before: bool
) -> None:
    size, padding = data.draw(st.integers(1, length)), data.draw(st.sampled_from(["valid", "same", "causal"]))
    window = Window(size, data.draw(st.integers(1, 3)), 1, padding)
    receptive_field = slide(identity(length), window)
    texts = data.draw(st.integers(0, length))
    mask = np.arange(length) >= length - texts if before else np.arange(length) < texts
    values = np.array(
        data.draw(st.lists(st.floats(0, 100, width=32), min_size=len(receptive_field), max_size=len(receptive_field)))
    )
    scores, on_padding = distribute_to_tokens(values[None], receptive_field, mask[None])
    assert scores[0, ~mask].tolist() == [0] * (length - texts)
    assert scores.sum() + on_padding[0] == pytest.approx(values.sum(), rel=1e-5, abs=1e-5)


LENGTH = 6
OWN = [[token] for token in range(LENGTH)]
PAIRS = [[token, token + 1] for token in range(LENGTH - 1)]


@pytest.fixture(scope="session")
def find_receptive_fields(keras: Any) -> Callable[..., Any]:
    """Receptive fields, as lists of tokens, of named layers, or of those that "auto" selects."""
    from camlode.pipeline.attribution.target_layers import select_target_layers
    from camlode.pipeline.models.keras_classifier import wrap_keras_model

    def run(model: Any, layers: str | list[str] = "auto", tokens: int = LENGTH) -> dict[str, list[list[int]]]:
        target_layers = select_target_layers(wrap_keras_model(model), layers, tokens=tokens)
        receptive_fields = target_layers.receptive_fields(tokens)
        names = [layer.name for layer in target_layers.layers]
        return {
            name: list_tokens(receptive_field) for name, receptive_field in zip(names, receptive_fields, strict=True)
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
def test_receptive_fields_of_the_convolution_behind(
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


def test_receptive_fields_follow_the_length_of_the_text(find_receptive_fields: Any, build_model: Any) -> None:
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


def test_a_plain_addition_in_a_model_unites_receptive_fields(keras: Any, find_receptive_fields: Any) -> None:
    layers = keras.layers
    model = subclassed(
        keras,
        lambda own, x: own.last(x + own.inner(x)),
        inner=layers.Conv1D(4, 3, padding="same"),
        last=layers.Conv1D(3, 1, name="conv"),
    )
    around = [[token for token in (own - 1, own, own + 1) if 0 <= token < LENGTH] for own in range(LENGTH)]
    assert find_receptive_fields(model) == {"conv": around}


def test_a_plain_addition_in_a_layer_unites_receptive_fields(
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
def test_layers_that_move_positions_in_an_unknown_way_are_refused(
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
