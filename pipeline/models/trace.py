"""Tracing of a Keras model's layers while it runs: recording their calls, and replacing their outputs.

Layers are watched by shadowing their `call` with an attribute of the instance, for as long as the context lasts. That
works for layers of any kind at any depth, where wrapping or rebuilding the model would not.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import keras


@dataclass(frozen=True, slots=True)
class LayerCall:
    """One call of a layer: the tensors that went in and came out, and the calls made inside it.

    `original_output` is what the layer gave, `output` what replaced it.
    """

    layer: keras.Layer
    inputs: tuple[Any, ...]
    original_output: Any
    output: Any
    inner: tuple[LayerCall, ...]


def all_layers(model: keras.Model) -> list[keras.Layer]:
    """All layers of the model, including those inside other layers."""
    return [layer for layer in model._flatten_layers(include_self=False) if layer is not model]


@contextmanager
def replace_outputs(layers: Iterable[keras.Layer], replace: Callable[[keras.Layer, Any, Any], Any]) -> Iterator[None]:
    """Replace the output of each of `layers` by `replace(layer, inputs, output)`, inside the context."""

    def wrap(layer: keras.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        def replacing(*args: Any, **kwargs: Any) -> Any:
            original_output = call(*args, **kwargs)
            return _copy_mask(original_output, replace(layer, args, original_output))

        return replacing

    with _wrap_calls(list(dict.fromkeys(layers)), wrap):
        yield


@contextmanager
def record_calls(model: keras.Model, replace: Callable[[Any], Any]) -> Iterator[list[LayerCall]]:
    """Record the calls of all layers inside the context, inner ones before those that made them.

    Each output is replaced by `replace(output)`.
    """
    import keras

    calls: list[LayerCall] = []

    def wrap(layer: keras.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        def recording(*args: Any, **kwargs: Any) -> Any:
            before = len(calls)
            original_output = call(*args, **kwargs)
            output = _copy_mask(original_output, replace(original_output))
            # A mask only says which positions to ignore, so the output's receptive fields don't depend on it.
            sources = (args, {name: value for name, value in kwargs.items() if name != "mask"})
            tensors = tuple(x for x in keras.tree.flatten(sources) if hasattr(x, "shape"))
            calls.append(LayerCall(layer, tensors, original_output, output, tuple(calls[before:])))
            return output

        return recording

    with _wrap_calls(all_layers(model), wrap):
        yield calls


@contextmanager
def _wrap_calls(
    layers: Sequence[keras.Layer], wrap: Callable[[keras.Layer, Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    # A layer may already have an instance attribute `call`, set by the user: it is restored, not deleted.
    own = [(layer, vars(layer).get("call")) for layer in layers]
    for layer in layers:
        layer.call = wrap(layer, layer.call)
    try:
        yield
    finally:
        for layer, call in own:
            if call is None:
                del layer.call
            else:
                layer.call = call


def _copy_mask(original_output: Any, output: Any) -> Any:
    """`output` with the mask of `original_output`, which Keras keeps on the tensor for the layers after it."""
    from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

    mask = get_keras_mask(original_output)
    if mask is not None and output is not original_output:
        set_keras_mask(output, mask)
    return output
