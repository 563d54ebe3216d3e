"""Which layers are explained, and the tokens that their positions cover."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import ModelError
from pipeline.attribution.geometry import Spans, is_convolution, trace_spans
from pipeline.models.tensorflow_backend import TracedRun, depends_on, traced_run

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from pipeline.models.keras_classifier import KerasClassifier


class ExplainedLayers:
    """The layers of a model that are explained: the named ones, or with "auto" those that feed the pooling."""

    def __init__(self, classifier: KerasClassifier, wanted: str | Sequence[str], *, tokens: int) -> None:
        self._classifier = classifier
        run = traced_run(classifier.model, classifier.sample_input(tokens))
        calls = _feeding_the_pooling(run) if wanted == "auto" else _named(run, list(wanted))
        self.layers: tuple[keras.Layer, ...] = tuple(dict.fromkeys(run.calls[i].layer for i in calls))
        self.output_shape: tuple[int, ...] = tuple(run.output.shape) if hasattr(run.output, "shape") else ()
        self.branches = len(self._spans_of(run, tokens))
        self.spans = lru_cache(maxsize=256)(self._traced_spans)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in the order in which the model calls them."""
        return tuple(layer.name for layer in self.layers)

    def _traced_spans(self, tokens: int) -> tuple[Spans, ...]:
        run = traced_run(self._classifier.model, self._classifier.sample_input(tokens))
        return self._spans_of(run, tokens)

    def _spans_of(self, run: TracedRun, tokens: int) -> tuple[Spans, ...]:
        known = trace_spans(run.calls, tokens)
        explained = [call for call in run.calls if call.layer in self.layers]
        for call in explained:
            if id(call.output) not in known:
                shape = tuple(getattr(call.output, "shape", ()))
                raise ModelError(
                    f"layer {call.layer.name!r} gives the shape {shape} for {tokens} tokens, and it is unknown which "
                    "tokens each of its positions covers; name a layer nearer to the embedding in model.layers"
                )
        # The compiled run computes with floats; token numbers are exact in them.
        return tuple(Spans(*(side.astype(np.float32) for side in known[id(call.output)])) for call in explained)


def _feeding_the_pooling(run: TracedRun) -> list[int]:
    """The convolutions that the output depends on and that no other convolution depends on."""
    convolutions = [
        number for number, call in enumerate(run.calls) if is_convolution(call.layer) and run.zeros[number] is not None
    ]
    if not convolutions:
        raise ModelError(
            "model.layers is 'auto', but the model has no convolution; name the layer to explain in model.layers, "
            f"one of: {_listed(run)}"
        )
    used = depends_on(run, run.output, convolutions)
    feeding = [number for number, is_used in zip(convolutions, used, strict=True) if is_used]
    last = set(feeding)
    for number in feeding:
        earlier = [other for other in feeding if other < number]
        into = depends_on(run, run.calls[number].output, earlier)
        last -= {other for other, is_source in zip(earlier, into, strict=True) if is_source}
    return sorted(last)


def _named(run: TracedRun, names: Sequence[str]) -> list[int]:
    known = {call.layer.name: number for number, call in enumerate(run.calls)}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"it has: {_listed(run)}"
            raise ModelError(f"model.layers: the model calls no layer named {name!r}; {hint}")
        if run.zeros[known[name]] is None:
            raise ModelError(f"model.layers: layer {name!r} gives no floating-point tensor to explain")
    return [known[name] for name in names]


def _listed(run: TracedRun) -> str:
    return ", ".join(
        f"{call.layer.name} ({type(call.layer).__name__}, {_shape(call.output)})"
        for call in run.calls
        if hasattr(call.output, "shape")
    )


def _shape(tensor: Any) -> str:
    return "×".join(["documents", *map(str, tensor.shape[1:])])
