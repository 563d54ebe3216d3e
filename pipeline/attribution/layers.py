"""Which layers are explained, and the tokens that their positions cover."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from config.errors import ModelError
from config.names import nearest
from pipeline.attribution.covers import trace_covers
from pipeline.attribution.geometry import is_convolution
from pipeline.models.tensorflow_run import TracedRun, depends_on, is_floating, traced_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from pipeline.attribution.geometry import Cover
    from pipeline.models.keras_classifier import KerasClassifier
    from pipeline.models.trace import LayerCall

    Covers = Sequence[Cover | None]


class ExplainedLayers:
    """The layers of a model that are explained: the named ones, or with "auto" those that feed the pooling.

    `chosen` says of each call of one of `layers`, in the order of the model's run, whether it is explained.
    """

    def __init__(self, classifier: KerasClassifier, wanted: str | Sequence[str], *, tokens: int) -> None:
        self._classifier = classifier
        run, covers = self._run(tokens)
        numbers = _feeding_the_pooling(run, covers) if wanted == "auto" else _named(run, covers, list(wanted))
        self.layers: tuple[keras.Layer, ...] = tuple(dict.fromkeys(run.calls[number].layer for number in numbers))
        self.chosen = tuple(number in numbers for number in self._calls_of_layers(run))
        self.covers = lru_cache(maxsize=64)(self._covers)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in the order in which the model calls them."""
        return tuple(layer.name for layer in self.layers)

    def _run(self, tokens: int) -> tuple[TracedRun, Covers]:
        self._classifier.answer(tokens)
        run = traced_run(self._classifier.model, self._classifier.sample_input(tokens))
        return run, trace_covers(run.calls, tokens, lambda tensor, numbers: depends_on(run, tensor, numbers))

    def _calls_of_layers(self, run: TracedRun) -> list[int]:
        return [number for number, call in enumerate(run.calls) if call.layer in self.layers]

    def _covers(self, tokens: int) -> tuple[Cover, ...]:
        """Of each explained call, which of `tokens` tokens each position covers: [positions, tokens]."""
        run, covers = self._run(tokens)
        calls = zip(self._calls_of_layers(run), self.chosen, strict=True)
        return tuple(_known(run.calls[number], covers[number]) for number, is_chosen in calls if is_chosen)


def _feeding_the_pooling(run: TracedRun, covers: Covers) -> list[int]:
    """The convolutions along the tokens that the output depends on, and that no other of them depends on."""
    convolutions = [number for number, call in enumerate(run.calls) if is_convolution(call.layer)]
    if not convolutions:
        raise ModelError(
            "model.layers is 'auto', but the model has no convolution; name the layer to explain in model.layers, "
            f"one of: {_listed(run, covers)}"
        )
    along = [number for number in convolutions if covers[number] is not None]
    if not along:
        _known(run.calls[convolutions[-1]], None)
    feeding = _feeding(run, along)
    if not feeding:
        raise ModelError(
            "model.layers is 'auto', but the model's answer does not depend on its convolutions "
            f"({_names(run, convolutions)}); name another layer in model.layers, one of: {_listed(run, covers)}"
        )
    into = [depends_on(run, run.calls[number].output, feeding) for number in feeding]
    return [
        number
        for place, number in enumerate(feeding)
        if not any(sources[place] for other, sources in zip(feeding, into, strict=True) if other != number)
    ]


def _named(run: TracedRun, covers: Covers, names: Sequence[str]) -> list[int]:
    known = [call.layer.name for call in run.calls]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"it has: {_listed(run, covers)}"
            raise ModelError(f"model.layers: the model calls no layer named {name!r}; {hint}")
    numbers = [number for number, name in enumerate(known) if name in names]
    for number in numbers:
        _known(run.calls[number], covers[number])
    feeding = _feeding(run, numbers)
    if unused := set(names) - {known[number] for number in feeding}:
        raise ModelError(f"model.layers: the model's answer does not depend on {', '.join(sorted(unused))}")
    return feeding


def _feeding(run: TracedRun, numbers: Sequence[int]) -> list[int]:
    used = depends_on(run, run.output, numbers)
    return [number for number, is_used in zip(numbers, used, strict=True) if is_used]


def _known(call: LayerCall, cover: Cover | None) -> Cover:
    if cover is None or not is_floating(call.output):
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
