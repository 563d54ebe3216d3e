"""Receptive fields: the tokens that each position of a tensor inside a model covers.

A position is not a token: a convolution's position covers the tokens under its kernel, and strides, dilation, padding
and pooling shift and widen what it covers. A receptive field matrix is boolean [positions, tokens], true where the
token is in the position's receptive field. `trace_receptive_fields` follows the tokens through a recorded run, call by
call, so that Sequential, functional and subclassed models are treated alike; `distribute_to_tokens` brings scores from
positions back to tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.arrays import BoolArray, Tensor
    from camlode.pipeline.models.trace import LayerCall

    ReceptiveField = BoolArray
    DependsOn = Callable[[Tensor, Sequence[int]], Sequence[bool]]


class Window(NamedTuple):
    """A window that slides along the tokens: `padding` is "valid", "same" or "causal"."""

    size: int
    stride: int
    dilation: int
    padding: str


class TokenScores(NamedTuple):
    """Scores on tokens [..., batch, tokens], and the score that fell on padding alone [..., batch]."""

    scores: Tensor
    padding: Tensor


def distribute_to_tokens(values: Tensor, receptive_field: Tensor, mask: Tensor) -> TokenScores:
    """Distribute `values` [..., batch, positions] over tokens, keeping each position's sum.

    `receptive_field` [positions, tokens] is 1 where a position covers a token, `mask` [batch, tokens] where a token is
    not padding. A position's value is shared evenly among the tokens it covers that are not padding. The values of
    positions without any such token are summed up in `padding`. All tensors are float32.
    """
    from keras import ops

    covered = ops.matmul(mask, ops.transpose(receptive_field))
    shares = ops.where(covered > 0, values / ops.maximum(covered, 1.0), 0.0)
    padding = ops.sum(ops.where(covered > 0, 0.0, values), axis=-1)
    return TokenScores(ops.matmul(shares, receptive_field) * mask, padding)


def identity(length: int) -> ReceptiveField:
    """The receptive fields of the tokens themselves: each position covers its own token."""
    return np.eye(length, dtype=bool)


def slide(receptive_field: ReceptiveField, window: Window) -> ReceptiveField:
    """The receptive fields after a window has slid over positions with `receptive_field`."""
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
    for tap in range(window.size):
        source = np.arange(positions) * window.stride - before + tap * window.dilation
        inside = (source >= 0) & (source < length)
        slid[inside] |= receptive_field[source[inside]]
    return slid


def pad(receptive_field: ReceptiveField, *, front: int, back: int) -> ReceptiveField:
    """The receptive fields with `front` empty positions before and `back` behind; negative numbers crop."""
    cropped = receptive_field[max(-front, 0) : len(receptive_field) - max(-back, 0)]
    return np.pad(cropped, ((max(front, 0), max(back, 0)), (0, 0)))


def find_window(layer: Any) -> Window | None:
    """The window that a convolution or pooling layer slides along the tokens; None for other layers."""
    from keras import layers

    if is_convolution(layer):
        return Window(layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0], layer.padding)
    poolings = (layers.MaxPooling1D, layers.AveragePooling1D, layers.MaxPooling2D, layers.AveragePooling2D)
    if isinstance(layer, poolings):
        size, stride = (
            int(each[0] if isinstance(each, tuple | list) else each) for each in (layer.pool_size, layer.strides)
        )
        return Window(size, stride, 1, layer.padding)
    return None


def is_convolution(layer: Any) -> bool:
    """Whether a layer slides a kernel of weights along the tokens (transposed convolutions don't count)."""
    from keras import layers

    kinds = (layers.Conv1D, layers.Conv2D, layers.SeparableConv1D, layers.SeparableConv2D)
    depthwise = (layers.DepthwiseConv1D, layers.DepthwiseConv2D)
    return isinstance(layer, (*kinds, *depthwise))


def is_global_maximum(layer: Any) -> bool:
    """Whether a layer takes each channel's maximum over positions, and does nothing else."""
    from keras.layers import GlobalMaxPooling1D

    # Not isinstance: a class derived from it may do something else.
    return type(layer) is GlobalMaxPooling1D and layer.data_format == "channels_last"


def trace_receptive_fields(
    calls: Sequence[LayerCall], tokens: int, depends_on: DependsOn
) -> list[ReceptiveField | None]:
    """The receptive fields of each call's output; None if it has no positions or they can't be followed.

    `tokens`: the length of the model's input. `depends_on(tensor, numbers)`: whether a tensor was made from the output
    of each of the calls with these numbers.
    """
    tracer = _FieldTracer(calls, tokens, depends_on)
    for call in calls:
        if id(call.output) not in tracer.receptive_fields and len(_shape(call.output)) > 2:
            receptive_field = tracer.find_output_field(call)
            fits = receptive_field is not None and len(receptive_field) == _positions(call.output)
            tracer.receptive_fields[id(call.output)] = receptive_field if fits else None
    return [tracer.receptive_fields.get(id(call.output)) for call in calls]


class _FieldTracer:
    """`receptive_fields` of the calls that were followed so far, by the `id` of their output."""

    def __init__(self, calls: Sequence[LayerCall], tokens: int, depends_on: DependsOn) -> None:
        self.receptive_fields: dict[int, ReceptiveField | None] = {}
        self._calls = calls
        self._tokens = tokens
        self._depends_on = depends_on

    def find_output_field(self, call: LayerCall) -> ReceptiveField | None:
        if _moves_positions(call.layer):
            return None
        if call.inner:
            return self._find_field(call.original_output)
        window = find_window(call.layer)
        if window is not None or type(call.layer).__name__ in _PADDING_LAYERS:
            source = self._find_field(call.inputs[0])
            if source is None:
                return None
            return slide(source, window) if window is not None else _apply_padding(source, call.layer)
        # Any other layer that keeps the length, such as a recurrent one, keeps each position with its token, although
        # the position has seen the whole text.
        length = _positions(call.output)
        return _union([self._find_field(tensor) for tensor in call.inputs if _positions(tensor) == length])

    def _find_field(self, tensor: Tensor) -> ReceptiveField | None:
        """A tensor that no layer made comes from plain operations on tensors of its length, or is the input."""
        if id(tensor) in self.receptive_fields:
            return self.receptive_fields[id(tensor)]
        length = _positions(tensor)
        sources = self._sources(tensor)
        if not sources:
            return identity(length) if length == self._tokens else None
        if len(_shape(tensor)) < 3 or self._has_moved(sources, length):
            return None
        known = [self.receptive_fields[id(call.output)] for call in sources if _positions(call.output) == length]
        return _union([receptive_field for receptive_field in known if receptive_field is not None])

    def _has_moved(self, sources: Sequence[LayerCall], length: int) -> bool:
        """Whether plain operations changed the length after the last window, which moves positions in some way."""
        windows = [self.receptive_fields[id(call.output)] for call in sources if find_window(call.layer) is not None]
        return bool(windows) and (windows[-1] is None or len(windows[-1]) != length)

    def _sources(self, tensor: Tensor) -> list[LayerCall]:
        """The calls with positions that a tensor was made from."""
        numbers = [n for n, call in enumerate(self._calls) if id(call.output) in self.receptive_fields]
        used = self._depends_on(tensor, numbers)
        return [self._calls[n] for n, is_used in zip(numbers, used, strict=True) if is_used]


_PADDING_LAYERS = ("ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D")


def _apply_padding(source: ReceptiveField, layer: Any) -> ReceptiveField:
    kind = type(layer).__name__
    sides = layer.padding if kind.startswith("Zero") else layer.cropping
    front, back = sides[0] if kind.endswith("2D") else sides
    return pad(source, front=front, back=back) if kind.startswith("Zero") else pad(source, front=-front, back=-back)


def _moves_positions(layer: Any) -> bool:
    """Whether a layer may keep the length without keeping each position in its place."""
    kind = type(layer).__name__
    return (
        "Transpose" in kind
        or (kind == "Permute" and layer.dims[0] != 1)
        or getattr(layer, "go_backwards", False)
        or getattr(layer, "data_format", "channels_last") != "channels_last"
    )


def _union(receptive_fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """The union of each position's receptive fields; None if there are none or one of them is unknown."""
    known = [receptive_field for receptive_field in receptive_fields if receptive_field is not None]
    return np.logical_or.reduce(known) if known and len(known) == len(receptive_fields) else None


def _shape(tensor: Tensor) -> tuple[Any, ...]:
    return tuple(getattr(tensor, "shape", ()))


def _positions(tensor: Tensor) -> int:
    """The length of a tensor [batch, positions, ...]; 0 if it has none."""
    shape = _shape(tensor)
    return int(shape[1]) if len(shape) > 1 and shape[1] is not None else 0
