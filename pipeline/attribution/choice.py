"""Which of a Keras model's calls are explained: from a traced run to the numbers of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.errors import ModelError
from config.names import closest_match
from pipeline.attribution.geometry import is_convolution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.attribution.geometry import ReceptiveField
    from pipeline.models.backends.protocol import TracedRun
    from pipeline.models.trace import LayerCall

    ReceptiveFields = Sequence[ReceptiveField | None]
    CallSelector = Callable[[TracedRun, ReceptiveFields], list[int]]
    """From a run and its calls' covers to the numbers of the calls that are explained."""


def select_token_embeddings(run: TracedRun, _: ReceptiveFields) -> list[int]:
    """The calls of Embedding layers on ids of documents, which those on places in the text are not."""
    from keras.layers import Embedding

    calls = [number for number, call in enumerate(run.calls) if isinstance(call.layer, Embedding)]
    on_documents = [number for number in calls if tuple(run.calls[number].output.shape)[:-2] == run.output.shape[:1]]
    found = _filter_used(run, on_documents)
    if not found:
        raise ModelError(
            "the method needs the tokens' vectors, but the model's answer depends on no layer Embedding; name the "
            "layer that gives them in model.embedding"
        )
    return found


def select_pooled_convolutions(run: TracedRun, receptive_fields: ReceptiveFields) -> list[int]:
    """The convolutions along the tokens that the output depends on, and that no other of them depends on."""
    convolutions = [number for number, call in enumerate(run.calls) if is_convolution(call.layer)]
    if not convolutions:
        raise ModelError(
            "model.layers is 'auto', but the model has no convolution; name the layer to explain in model.layers, "
            f"one of: {_describe_layers(run, receptive_fields)}"
        )
    convolutions_along_tokens = [number for number in convolutions if receptive_fields[number] is not None]
    if not convolutions_along_tokens:
        require_receptive_field(run.calls[convolutions[-1]], None)
    used = _filter_used(run, convolutions_along_tokens)
    if not used:
        raise ModelError(
            "model.layers is 'auto', but the model's answer does not depend on its convolutions "
            f"({_join_names(run, convolutions)}); name another layer in model.layers, one of: {_describe_layers(run, receptive_fields)}"
        )
    into = [run.depends_on(run.calls[number].output, used) for number in used]
    return [
        number
        for place, number in enumerate(used)
        if not any(sources[place] for other, sources in zip(used, into, strict=True) if other != number)
    ]


def require_token_vectors(run: TracedRun, numbers: list[int], tokens: int) -> list[int]:
    """The same calls; a ModelError where one doesn't give a vector for each of the `tokens` tokens."""
    for number in numbers:
        shape = run.calls[number].output.shape
        if len(shape) < 3 or shape[1] != tokens:
            raise ModelError(
                f"model.embedding: layer {run.calls[number].layer.name!r} gives {_format_shape(run.calls[number].output)}; "
                f"expected a vector for each of the {tokens} tokens"
            )
    return numbers


def select_named(names: Sequence[str], *, option: str) -> CallSelector:
    """The calls of the layers of these names, which `option` gave."""
    return lambda run, receptive_fields: _find_named(run, receptive_fields, names, option)


def _find_named(run: TracedRun, receptive_fields: ReceptiveFields, names: Sequence[str], option: str) -> list[int]:
    known = [call.layer.name for call in run.calls]
    for name in names:
        if name not in known:
            near = closest_match(name, known)
            hint = f"did you mean {near!r}?" if near else f"it has: {_describe_layers(run, receptive_fields)}"
            raise ModelError(f"{option}: the model calls no layer named {name!r}; {hint}")
    numbers = [number for number, name in enumerate(known) if name in names]
    for number in numbers:
        require_receptive_field(run.calls[number], receptive_fields[number])
    used = _filter_used(run, numbers)
    if unused := set(names) - {known[number] for number in used}:
        raise ModelError(f"{option}: the model's answer does not depend on {', '.join(sorted(unused))}")
    return used


def _filter_used(run: TracedRun, numbers: Sequence[int]) -> list[int]:
    used = run.depends_on(run.output, numbers)
    return [number for number, is_used in zip(numbers, used, strict=True) if is_used]


def require_receptive_field(call: LayerCall, receptive_field: ReceptiveField | None) -> ReceptiveField:
    """The cover; a ModelError where there is none, or nothing that has gradients."""
    if receptive_field is None or not _is_floating(call.output):
        raise ModelError(
            f"layer {call.layer.name!r} gives {_format_shape(call.output)}, and it is unknown which tokens each of its "
            "positions covers; name a layer nearer to the embedding in model.layers"
        )
    return receptive_field


def _join_names(run: TracedRun, numbers: Sequence[int]) -> str:
    return ", ".join(dict.fromkeys(run.calls[number].layer.name for number in numbers))


def _describe_layers(run: TracedRun, receptive_fields: ReceptiveFields) -> str:
    """The layers that can be explained."""
    calls = [
        call for call, receptive_field in zip(run.calls, receptive_fields, strict=True) if receptive_field is not None
    ]
    shown = [f"{call.layer.name} ({type(call.layer).__name__}, {_format_shape(call.output)})" for call in calls]
    return ", ".join(dict.fromkeys(shown))


def _format_shape(tensor: Any) -> str:
    shape = getattr(tensor, "shape", None)
    return "no single tensor" if shape is None else "×".join(["documents", *map(str, shape[1:])])


def _is_floating(tensor: Any) -> bool:
    import keras

    return hasattr(tensor, "dtype") and "float" in keras.backend.standardize_dtype(tensor.dtype)
