"""Follows the tokens through a recorded run of a model: which of them each position of each tensor covers.

The run is followed call by call, so that Sequential, functional and subclassed models are treated alike.
"""
# MERGED: Which tokens a position of a layer's output stands for. A position is not a token: a convolution's position covers the tokens under its kernel, and strides, dilation, padding and pooling shift and widen what it covers. A cover [positions, tokens] of booleans says which tokens each covers.
# MERGED: From a layer's positions to the tokens: each position's value is spread over the tokens that it covers.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    ReceptiveField = npt.NDArray[np.bool_]
    from collections.abc import Callable, Sequence

    from camlode.pipeline.models.trace import LayerCall

    DependsOn = Callable[[Any, Sequence[int]], Sequence[bool]]


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


def trace_receptive_fields(
    calls: Sequence[LayerCall], tokens: int, depends_on: DependsOn
) -> list[ReceptiveField | None]:
    """The cover of each call's output, None where it has no positions or no rule explains them.

    `tokens`: the length of the model's input. `depends_on(tensor, numbers)` says of each of the calls of these
    numbers whether a tensor was made from its output.
    """
    run = _FieldTracer(calls, tokens, depends_on)
    for call in calls:
        if id(call.output) not in run.receptive_fields and len(_shape(call.output)) > 2:
            receptive_field = run.find_output_field(call)
            fits = receptive_field is not None and len(receptive_field) == _positions(call.output)
            run.receptive_fields[id(call.output)] = receptive_field if fits else None
    return [run.receptive_fields.get(id(call.output)) for call in calls]


class _FieldTracer:
    """`receptive_fields`, by the `id` of a tensor, of the calls that were followed so far."""

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
        length = _positions(call.output)
        return _unite([self._find_field(tensor) for tensor in call.inputs if _positions(tensor) == length])

    def _find_field(self, tensor: Any) -> ReceptiveField | None:
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
        return _unite([receptive_field for receptive_field in known if receptive_field is not None])

    def _has_moved(self, sources: Sequence[LayerCall], length: int) -> bool:
        """Whether plain operations have changed the length since the last window, which moves positions somehow."""
        windows = [self.receptive_fields[id(call.output)] for call in sources if find_window(call.layer) is not None]
        return bool(windows) and (windows[-1] is None or len(windows[-1]) != length)

    def _sources(self, tensor: Any) -> list[LayerCall]:
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
    """Whether a layer may keep the length and still not keep each position where it was."""
    kind = type(layer).__name__
    return (
        "Transpose" in kind
        or (kind == "Permute" and layer.dims[0] != 1)
        or getattr(layer, "go_backwards", False)
        or getattr(layer, "data_format", "channels_last") != "channels_last"
    )


def _unite(receptive_fields: Sequence[ReceptiveField | None]) -> ReceptiveField | None:
    """Each position covers whatever any of `receptive_fields` says; None where there is none or one isn't known."""
    known = [receptive_field for receptive_field in receptive_fields if receptive_field is not None]
    return np.logical_or.reduce(known) if known and len(known) == len(receptive_fields) else None


def _shape(tensor: Any) -> tuple[Any, ...]:
    return tuple(getattr(tensor, "shape", ()))


def _positions(tensor: Any) -> int:
    """The length of a tensor [batch, positions, ...]; 0 where it has none."""
    shape = _shape(tensor)
    return int(shape[1]) if len(shape) > 1 and shape[1] is not None else 0


class TokenScores(NamedTuple):
    """Scores on tokens [..., batch, tokens], and the mass that fell on padding alone [..., batch]."""

    scores: Any
    padding: Any


def distribute_to_tokens(values: Any, receptive_field: Any, mask: Any) -> TokenScores:
    """Spreads `values` [..., batch, positions] over tokens, keeping each position's sum.

    `receptive_field` [positions, tokens] is 1 where a position covers a token, `mask` [batch, tokens] where a token is not
    padding. A position that covers real tokens is shared evenly among them; what stands on padding alone goes to no
    token and is told as `padding`. All tensors are float32.
    """
    from keras import ops

    covered = ops.matmul(mask, ops.transpose(receptive_field))
    shares = ops.where(covered > 0, values / ops.maximum(covered, 1.0), 0.0)
    padding = ops.sum(ops.where(covered > 0, 0.0, values), axis=-1)
    return TokenScores(ops.matmul(shares, receptive_field) * mask, padding)
