"""What happens inside a model while it runs: which layer is called on which tensors, in which order."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import keras


@dataclass(frozen=True, slots=True)
class LayerCall:
    """One call of a layer: the tensors that went in and came out, and the calls made inside it."""

    layer: keras.Layer
    inputs: tuple[Any, ...]
    output: Any
    inner: tuple[LayerCall, ...]


def all_layers(model: keras.Model) -> list[keras.Layer]:
    """Every layer of the model, those inside other layers too."""
    return [layer for layer in model._flatten_layers(include_self=False) if layer is not model]


@contextmanager
def replaced_outputs(layers: Iterable[keras.Layer], replace: Callable[[keras.Layer, Any], Any]) -> Iterator[None]:
    """While this lasts, `replace(layer, output)` stands for what each of `layers` gives."""
    patched = list(dict.fromkeys(layers))
    for layer in patched:
        layer.call = _after(layer, layer.call, replace)
    try:
        yield
    finally:
        for layer in patched:
            del layer.call


def _after(
    layer: keras.Layer, call: Callable[..., Any], replace: Callable[[keras.Layer, Any], Any]
) -> Callable[..., Any]:
    def replaced(*args: Any, **kwargs: Any) -> Any:
        return replace(layer, call(*args, **kwargs))

    return replaced


@contextmanager
def recorded_calls(model: keras.Model, replace: Callable[[keras.Layer, Any], Any]) -> Iterator[list[LayerCall]]:
    """The calls of every layer while this lasts, inner ones before those that made them."""
    calls: list[LayerCall] = []
    layers = all_layers(model)
    for layer in layers:
        layer.call = _recording(layer, layer.call, replace, calls)
    try:
        yield calls
    finally:
        for layer in layers:
            del layer.call


def _recording(
    layer: keras.Layer,
    call: Callable[..., Any],
    replace: Callable[[keras.Layer, Any], Any],
    calls: list[LayerCall],
) -> Callable[..., Any]:
    import keras

    def recording(*args: Any, **kwargs: Any) -> Any:
        before = len(calls)
        output = replace(layer, call(*args, **kwargs))
        # A mask says which positions to ignore; nothing of the output is made from it.
        sources = (args, {name: value for name, value in kwargs.items() if name != "mask"})
        tensors = tuple(x for x in keras.tree.flatten(sources) if hasattr(x, "shape"))
        calls.append(LayerCall(layer, tensors, output, tuple(calls[before:])))
        return output

    return recording
