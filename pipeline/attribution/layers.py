"""Which calls of a Keras model's layers are explained, and the tokens that their positions cover."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.attribution.checks import check_vector
from pipeline.attribution.choice import by_token, feeding_the_pooling, known_cover, named, token_embeddings
from pipeline.attribution.covers import trace_covers
from pipeline.attribution.geometry import is_global_maximum
from pipeline.models.backends.protocol import TracedRun, backend
from pipeline.models.trace import replaced_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from pipeline.attribution.choice import Choice, Covers
    from pipeline.attribution.geometry import Cover
    from pipeline.models.keras_classifier import KerasClassifier


class KerasLayers:
    """Calls of layers that are explained.

    `chosen` says of each call of one of `layers`, in the order of the model's run, whether it is one of them.
    """

    def __init__(self, classifier: KerasClassifier, choose: Choice, *, tokens: int) -> None:
        self._classifier = classifier
        run, covers = self._traced(tokens)
        numbers = choose(run, covers)
        self.layers: tuple[keras.Layer, ...] = tuple(dict.fromkeys(run.calls[number].layer for number in numbers))
        self.chosen = tuple(number in numbers for number in self._calls_of_layers(run))
        self.reach = max(int(cover.sum(axis=1).max()) for cover in covers if cover is not None and cover.size)
        self._poolings = [call.layer for call in run.calls if is_global_maximum(call.layer)]
        self.covers = lru_cache(maxsize=64)(self._covers)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in the order in which the model calls them."""
        return tuple(layer.name for layer in self.layers)

    def run(self, inputs: Sequence[Any], replace: Callable[[int, Any], Any], *, inline: bool = False) -> Any:  # noqa: ARG002
        """The model's answer, computed with `replace(k, output)` in the place of the k-th explained call's output.

        A Keras model's operations always stand in the current graph, `inline` or not.
        """
        chosen = iter(self.chosen)
        numbers = iter(range(len(self.chosen)))
        # Whoever watches values may want the maxima that are taken of them too.
        maximum = getattr(replace, "maximum", None)

        def replaced(layer: keras.Layer, inputs: tuple[Any, ...], output: Any) -> Any:
            if layer in self.layers:
                return replace(next(numbers), output) if next(chosen) else output
            taken = maximum(inputs[0]) if maximum is not None else None
            return output if taken is None else taken if layer.keepdims else taken[:, 0]

        poolings = [] if maximum is None else self._poolings
        with replaced_outputs([*self.layers, *poolings], replaced):
            return self._classifier.run(inputs)

    def _traced(self, tokens: int) -> tuple[TracedRun, Covers]:
        check_vector(self._classifier.answer(tokens))
        sample = self._classifier.sample(tokens)
        run = backend().traced_run(self._classifier.model, lambda: self._classifier.run(sample))
        return run, trace_covers(run.calls, tokens, run.depends_on)

    def _calls_of_layers(self, run: TracedRun) -> list[int]:
        return [number for number, call in enumerate(run.calls) if call.layer in self.layers]

    def _covers(self, tokens: int) -> tuple[Cover, ...]:
        """Of each explained call, which of `tokens` tokens each position covers: [positions, tokens]."""
        run, covers = self._traced(tokens)
        calls = zip(self._calls_of_layers(run), self.chosen, strict=True)
        return tuple(known_cover(run.calls[number], covers[number]) for number, is_chosen in calls if is_chosen)


def explained_layers(classifier: KerasClassifier, wanted: str | Sequence[str], *, tokens: int) -> KerasLayers:
    """The layers named in `model.layers`, or with "auto" the convolutions that feed the pooling."""
    choose = feeding_the_pooling if wanted == "auto" else named(list(wanted), option="model.layers")
    return KerasLayers(classifier, choose, tokens=tokens)


def embedded_tokens(classifier: KerasClassifier, wanted: str, *, tokens: int) -> KerasLayers:
    """The layer named in `model.embedding`, or with "auto" the embeddings of the token ids."""
    choose = token_embeddings if wanted == "auto" else named([wanted], option="model.embedding")
    return KerasLayers(classifier, lambda run, covers: by_token(run, choose(run, covers), tokens), tokens=tokens)
