"""What happens inside a model while it runs: which layer is called on which tensors, in which order."""

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

    `original_output` is what the layer gave, `output` what was put in its place.
    """

    layer: keras.Layer
    inputs: tuple[Any, ...]
    original_output: Any
    output: Any
    inner: tuple[LayerCall, ...]


def all_layers(model: keras.Model) -> list[keras.Layer]:
    """Every layer of the model, those inside other layers too."""
    return [layer for layer in model._flatten_layers(include_self=False) if layer is not model]


@contextmanager
def replace_outputs(layers: Iterable[keras.Layer], replace: Callable[[keras.Layer, Any, Any], Any]) -> Iterator[None]:
    """While this lasts, `replace(layer, inputs, output)` stands for what each of `layers` gives."""

    def wrap(layer: keras.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        def replacing(*args: Any, **kwargs: Any) -> Any:
            original_output = call(*args, **kwargs)
            return _copy_mask(original_output, replace(layer, args, original_output))

        return replacing

    with _wrap_calls(list(dict.fromkeys(layers)), wrap):
        yield


@contextmanager
def record_calls(model: keras.Model, replace: Callable[[Any], Any]) -> Iterator[list[LayerCall]]:
    """The calls of every layer while this lasts, inner ones before those that made them.

    `replace(output)` stands for what a layer gives.
    """
    import keras

    calls: list[LayerCall] = []

    def wrap(layer: keras.Layer, call: Callable[..., Any]) -> Callable[..., Any]:
        def recording(*args: Any, **kwargs: Any) -> Any:
            before = len(calls)
            original_output = call(*args, **kwargs)
            output = _copy_mask(original_output, replace(original_output))
            # A mask says which positions to ignore; nothing of the output is made from it.
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
    """`output` with the mask that Keras keeps on a tensor, where the next layers look for it."""
    from keras.src.backend.common.masking import get_keras_mask, set_keras_mask

    mask = get_keras_mask(original_output)
    if mask is not None and output is not original_output:
        set_keras_mask(output, mask)
    return output
