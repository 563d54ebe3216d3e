"""Which tokens a position of a layer's output stands for.

A position is not a token: a convolution's position covers the tokens under its kernel, and strides, dilation,
padding and pooling shift and widen what it covers. The spans are worked out along a recorded run of the
model, so that Sequential, functional and subclassed models are treated alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from pipeline.models.trace import LayerCall


class Spans(NamedTuple):
    """Position p covers the tokens [starts[p], ends[p])."""

    starts: npt.NDArray[Any]
    ends: npt.NDArray[Any]


class Window(NamedTuple):
    """A sliding window along the tokens: `padding` is "valid", "same" or "causal"."""

    size: int
    stride: int
    dilation: int
    padding: str


def identity(length: int) -> Spans:
    """Each position stands for its own token."""
    places = np.arange(length, dtype=np.int32)
    return Spans(places, places + 1)


def union(spans: Sequence[Spans]) -> Spans:
    """Each position covers whatever any of `spans` says it covers, and what lies between."""
    return Spans(
        np.min([one.starts for one in spans], axis=0),
        np.max([one.ends for one in spans], axis=0),
    )


def slide(spans: Spans, window: Window) -> Spans:
    """The spans after a window has slid over positions that cover `spans`."""
    length = len(spans.starts)
    reach = (window.size - 1) * window.dilation + 1
    if window.padding == "valid":
        positions, before = (length - reach) // window.stride + 1, 0
    else:
        positions = -(-length // window.stride)
        # "same" splits the padding that the last position needs, the smaller half in front.
        total = max((positions - 1) * window.stride + reach - length, 0)
        before = reach - 1 if window.padding == "causal" else total // 2
    first = np.arange(positions) * window.stride - before
    last = first + reach - 1
    return Spans(
        spans.starts[np.clip(first, 0, length - 1)],
        spans.ends[np.clip(last, 0, length - 1)],
    )


def shift(spans: Spans, *, padded: int, after: int) -> Spans:
    """The spans after `padded` empty positions were put in front and `after` behind (cropped, if negative)."""
    length = len(spans.starts)
    places = np.arange(-padded, length + after)
    inside = (places >= 0) & (places < length)
    taken = np.clip(places, 0, length - 1)
    starts = np.where(inside, spans.starts[taken], 0)
    return Spans(starts, np.where(inside, spans.ends[taken], 0))


def trace_spans(calls: Iterable[LayerCall], tokens: int) -> dict[int, Spans]:
    """The spans of each tensor of a recorded run that has positions, by the tensor's `id`.

    `tokens`: the length of the model's input. A tensor whose length no rule explains has none.
    """
    known: dict[int, Spans] = {}
    for call in calls:
        if id(call.output) in known or not _positions(call.output):
            continue
        spans = _spans_after(call, known, tokens)
        if spans is not None and len(spans.starts) == _positions(call.output):
            known[id(call.output)] = spans
    return known


def _positions(tensor: Any) -> int:
    """The length of a tensor [batch, positions, ...]; 0 where it has none."""
    shape: Sequence[Any] = getattr(tensor, "shape", ())
    return int(shape[1]) if len(shape) >= 2 and shape[1] is not None else 0


def _spans_after(call: LayerCall, known: dict[int, Spans], tokens: int) -> Spans | None:
    kind = type(call.layer).__name__
    window = window_of(call.layer)
    if window is not None:
        source = _spans_of(call.inputs[0], known, tokens)
        return slide(source, window) if source is not None else None
    if kind == "TextVectorization":
        return identity(_positions(call.output))
    if kind in ("ZeroPadding1D", "Cropping1D"):
        return _padded_or_cropped(call, known, tokens)
    made_inside = [inner.output for inner in call.inner]
    return _joined([*call.inputs, *made_inside], _positions(call.output), known, tokens)


def _padded_or_cropped(call: LayerCall, known: dict[int, Spans], tokens: int) -> Spans | None:
    source = _spans_of(call.inputs[0], known, tokens)
    if source is None:
        return None
    if type(call.layer).__name__ == "ZeroPadding1D":
        front, back = call.layer.padding
        return shift(source, padded=front, after=back)
    front, back = call.layer.cropping
    return shift(source, padded=-front, after=-back)


def _joined(tensors: Sequence[Any], length: int, known: dict[int, Spans], tokens: int) -> Spans | None:
    """Where a layer keeps the length, each position stands for what its sources stand for."""
    sources = [
        spans
        for tensor in tensors
        if _positions(tensor) == length and (spans := _spans_of(tensor, known, tokens)) is not None
    ]
    return union(sources) if sources else None


def _spans_of(tensor: Any, known: dict[int, Spans], tokens: int) -> Spans | None:
    """A tensor that no layer made comes from plain operations on tensors of its length, or is the input."""
    if id(tensor) in known:
        return known[id(tensor)]
    length = _positions(tensor)
    alike = [spans for spans in known.values() if len(spans.starts) == length]
    if alike:
        return union(alike)
    return identity(length) if length == tokens else None


def window_of(layer: Any) -> Window | None:
    """The window that a convolution or pooling layer slides along the tokens; None for other layers."""
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return None
    if is_convolution(layer):
        return Window(layer.kernel_size[0], layer.strides[0], layer.dilation_rate[0], layer.padding)
    if hasattr(layer, "pool_size") and hasattr(layer, "strides"):
        return Window(_first(layer.pool_size), _first(layer.strides), 1, layer.padding)
    return None


def is_convolution(layer: Any) -> bool:
    """Whether a layer slides a kernel of weights along the tokens (transposed convolutions don't count)."""
    wanted = ("kernel_size", "strides", "dilation_rate", "padding")
    return all(hasattr(layer, name) for name in wanted) and "Transpose" not in type(layer).__name__


def _first(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple | list) else value)
