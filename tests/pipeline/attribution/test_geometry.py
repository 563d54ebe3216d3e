from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camlode.pipeline.attribution.receptive_fields import Window, find_window, identity, is_convolution, pad, slide


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
def test_what_a_window_covers(window: Window, expected: list[list[int]]) -> None:
    assert list_tokens(slide(identity(5), window)) == expected


def test_windows_over_windows_cover_what_those_cover() -> None:
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
def test_window_of_a_layer(keras: Any, name: str) -> None:
    layer, window = layers_with_windows(keras)[name]
    assert find_window(layer) == window
    assert is_convolution(layer) == ("Pooling" not in name)


def test_a_block_that_only_keeps_a_kernel_size_is_no_convolution(keras: Any) -> None:
    class Block(keras.layers.Layer):  # type: ignore[misc]
        kernel_size, strides, dilation_rate, padding, pool_size = 3, 1, 1, "same", 2

    assert not is_convolution(Block())
    assert find_window(Block()) is None


def test_a_transposed_convolution_is_none_along_the_tokens(keras: Any) -> None:
    assert find_window(keras.layers.Conv1DTranspose(1, 2)) is None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
