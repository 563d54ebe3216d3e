"""Which tokens a position of a layer's output stands for.

A position is not a token: a convolution's position covers the tokens under its kernel, and strides, dilation, padding
and pooling shift and widen what it covers. A cover [positions, tokens] of booleans says which tokens each covers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    ReceptiveField = npt.NDArray[np.bool_]


class Window(NamedTuple):
    """A window that slides along the tokens: `padding` is "valid", "same" or "causal"."""

    size: int
    stride: int
    dilation: int
    padding: str


def identity(length: int) -> ReceptiveField:
    """Each position stands for its own token."""
    return np.eye(length, dtype=bool)


def slide(receptive_field: ReceptiveField, window: Window) -> ReceptiveField:
    """What each position covers after a window has slid over positions that cover `receptive_field`."""
    length = len(receptive_field)
    extent = (window.size - 1) * window.dilation + 1
    if window.padding == "valid":
        positions, before = max((length - extent) // window.stride + 1, 0), 0
    else:
        positions = -(-length // window.stride)
        # "same" splits the padding that the last position needs, the smaller half in front.
        total = max((positions - 1) * window.stride + extent - length, 0)
        before = extent - 1 if window.padding == "causal" else total // 2
    slid = np.zeros((positions, receptive_field.shape[1]), dtype=bool)
    for place in range(window.size):
        source = np.arange(positions) * window.stride - before + place * window.dilation
        inside = (source >= 0) & (source < length)
        slid[inside] |= receptive_field[source[inside]]
    return slid


def pad(receptive_field: ReceptiveField, *, front: int, back: int) -> ReceptiveField:
    """The cover after `front` empty positions were put before and `back` behind (cropped, where negative)."""
    cropped = receptive_field[max(-front, 0) : len(receptive_field) - max(-back, 0)]
    return np.pad(cropped, ((max(front, 0), max(back, 0)), (0, 0)))


def find_window(layer: Any) -> Window | None:
    """The window that a convolution or pooling layer slides along the tokens; None for other layers."""
    if is_convolution(layer):
        return Window(layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0], layer.padding)
    if _is_pooling(layer):
        return Window(_first(layer.pool_size), _first(layer.strides), 1, layer.padding)
    return None


def is_convolution(layer: Any) -> bool:
    """Whether a layer slides a kernel of weights along the tokens (transposed convolutions don't count)."""
    from keras import layers

    kinds = (layers.Conv1D, layers.Conv2D, layers.SeparableConv1D, layers.SeparableConv2D)
    depthwise = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
    return isinstance(layer, (*kinds, *depthwise))


def is_global_maximum(layer: Any) -> bool:
    """Whether a layer takes each channel's maximum over positions, and nothing else."""
    from keras.layers import GlobalMaxPooling1D

    # Not one that was derived from it, which may do something else.
    return type(layer) is GlobalMaxPooling1D and layer.data_format == "channels_last"


def _is_pooling(layer: Any) -> bool:
    from keras import layers

    return isinstance(
        layer, (layers.MaxPooling1D, layers.AveragePooling1D, layers.MaxPooling2D, layers.AveragePooling2D)
    )


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple | list) else value)
