"""Which of a Keras model's calls are explained: from a traced run to the numbers of the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.errors import ModelError
from config.names import nearest
from pipeline.attribution.geometry import is_convolution

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.attribution.geometry import Cover
    from pipeline.models.backends.protocol import TracedRun
    from pipeline.models.trace import LayerCall

    Covers = Sequence[Cover | None]
    Choice = Callable[[TracedRun, Covers], list[int]]
    """From a run and its calls' covers to the numbers of the calls that are explained."""


def token_embeddings(run: TracedRun, _: Covers) -> list[int]:
    """The calls of Embedding layers on ids of documents, which those on places in the text are not."""
    from keras.layers import Embedding

    calls = [number for number, call in enumerate(run.calls) if isinstance(call.layer, Embedding)]
    by_document = [number for number in calls if tuple(run.calls[number].output.shape)[:-2] == run.output.shape[:1]]
    found = _feeding(run, by_document)
    if not found:
        raise ModelError(
            "the method needs the tokens' vectors, but the model's answer depends on no layer Embedding; name the "
            "layer that gives them in model.embedding"
        )
    return found


def feeding_the_pooling(run: TracedRun, covers: Covers) -> list[int]:
    """The convolutions along the tokens that the output depends on, and that no other of them depends on."""
    convolutions = [number for number, call in enumerate(run.calls) if is_convolution(call.layer)]
    if not convolutions:
        raise ModelError(
            "model.layers is 'auto', but the model has no convolution; name the layer to explain in model.layers, "
            f"one of: {_listed(run, covers)}"
        )
    along = [number for number in convolutions if covers[number] is not None]
    if not along:
        known_cover(run.calls[convolutions[-1]], None)
    feeding = _feeding(run, along)
    if not feeding:
        raise ModelError(
            "model.layers is 'auto', but the model's answer does not depend on its convolutions "
            f"({_names(run, convolutions)}); name another layer in model.layers, one of: {_listed(run, covers)}"
        )
    into = [run.depends_on(run.calls[number].output, feeding) for number in feeding]
    return [
        number
        for place, number in enumerate(feeding)
        if not any(sources[place] for other, sources in zip(feeding, into, strict=True) if other != number)
    ]


def by_token(run: TracedRun, numbers: list[int], tokens: int) -> list[int]:
    """The same calls; a ModelError where one doesn't give a vector for each of the `tokens` tokens."""
    for number in numbers:
        shape = run.calls[number].output.shape
        if len(shape) < 3 or shape[1] != tokens:
            raise ModelError(
                f"model.embedding: layer {run.calls[number].layer.name!r} gives {_shape(run.calls[number].output)}; "
                f"expected a vector for each of the {tokens} tokens"
            )
    return numbers


def named(names: Sequence[str], *, option: str) -> Choice:
    """The calls of the layers of these names, which `option` gave."""
    return lambda run, covers: _named(run, covers, names, option)


def _named(run: TracedRun, covers: Covers, names: Sequence[str], option: str) -> list[int]:
    known = [call.layer.name for call in run.calls]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"it has: {_listed(run, covers)}"
            raise ModelError(f"{option}: the model calls no layer named {name!r}; {hint}")
    numbers = [number for number, name in enumerate(known) if name in names]
    for number in numbers:
        known_cover(run.calls[number], covers[number])
    feeding = _feeding(run, numbers)
    if unused := set(names) - {known[number] for number in feeding}:
        raise ModelError(f"{option}: the model's answer does not depend on {', '.join(sorted(unused))}")
    return feeding


def _feeding(run: TracedRun, numbers: Sequence[int]) -> list[int]:
    used = run.depends_on(run.output, numbers)
    return [number for number, is_used in zip(numbers, used, strict=True) if is_used]


def known_cover(call: LayerCall, cover: Cover | None) -> Cover:
    """The cover; a ModelError where there is none, or nothing that has gradients."""
    if cover is None or not _is_floating(call.output):
        raise ModelError(
            f"layer {call.layer.name!r} gives {_shape(call.output)}, and it is unknown which tokens each of its "
            "positions covers; name a layer nearer to the embedding in model.layers"
        )
    return cover


def _names(run: TracedRun, numbers: Sequence[int]) -> str:
    return ", ".join(dict.fromkeys(run.calls[number].layer.name for number in numbers))


def _listed(run: TracedRun, covers: Covers) -> str:
    """The layers that can be explained."""
    calls = [call for call, cover in zip(run.calls, covers, strict=True) if cover is not None]
    shown = [f"{call.layer.name} ({type(call.layer).__name__}, {_shape(call.output)})" for call in calls]
    return ", ".join(dict.fromkeys(shown))


def _shape(tensor: Any) -> str:
    shape = getattr(tensor, "shape", None)
    return "no single tensor" if shape is None else "×".join(["documents", *map(str, shape[1:])])


def _is_floating(tensor: Any) -> bool:
    import keras

    return hasattr(tensor, "dtype") and "float" in keras.backend.standardize_dtype(tensor.dtype)
