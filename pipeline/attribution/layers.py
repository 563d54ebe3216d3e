"""Which calls of a Keras model's layers are explained, and the tokens that their positions cover."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.attribution.checks import check_vector
from pipeline.attribution.choice import (
    require_receptive_field,
    require_token_vectors,
    select_named,
    select_pooled_convolutions,
    select_token_embeddings,
)
from pipeline.attribution.covers import trace_receptive_fields
from pipeline.attribution.geometry import is_global_maximum
from pipeline.models.backends.protocol import TracedRun, current_backend
from pipeline.models.trace import replace_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import keras

    from pipeline.attribution.choice import CallSelector, ReceptiveFields
    from pipeline.attribution.geometry import ReceptiveField
    from pipeline.models.keras_classifier import KerasClassifier


class KerasTargetLayers:
    """Calls of layers that are explained.

    `is_target` says of each call of one of `layers`, in the order of the model's run, whether it is one of them.
    """

    def __init__(self, classifier: KerasClassifier, select: CallSelector, *, tokens: int) -> None:
        self._classifier = classifier
        run, receptive_fields = self._trace(tokens)
        numbers = select(run, receptive_fields)
        self.layers: tuple[keras.Layer, ...] = tuple(dict.fromkeys(run.calls[number].layer for number in numbers))
        self.is_target = tuple(number in numbers for number in self._find_layer_calls(run))
        self.receptive_field_size = max(
            int(receptive_field.sum(axis=1).max())
            for receptive_field in receptive_fields
            if receptive_field is not None and receptive_field.size
        )
        self._poolings = [call.layer for call in run.calls if is_global_maximum(call.layer)]
        self.receptive_fields = lru_cache(maxsize=64)(self._receptive_fields)

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in the order in which the model calls them."""
        return tuple(layer.name for layer in self.layers)

    def run(self, inputs: Sequence[Any], replace: Callable[[int, Any], Any], *, inline: bool = False) -> Any:  # noqa: ARG002
        """The model's answer, computed with `replace(k, output)` in the place of the k-th explained call's output.

        A Keras model's operations always stand in the current graph, `inline` or not.
        """
        is_target = iter(self.is_target)
        numbers = iter(range(len(self.is_target)))
        # Whoever watches values may want the maxima that are taken of them too.
        maximum = getattr(replace, "maximum", None)

        def replace_output(layer: keras.Layer, inputs: tuple[Any, ...], output: Any) -> Any:
            if layer in self.layers:
                return replace(next(numbers), output) if next(is_target) else output
            taken = maximum(inputs[0]) if maximum is not None else None
            return output if taken is None else taken if layer.keepdims else taken[:, 0]

        poolings = [] if maximum is None else self._poolings
        with replace_outputs([*self.layers, *poolings], replace_output):
            return self._classifier.run(inputs)

    def _trace(self, tokens: int) -> tuple[TracedRun, ReceptiveFields]:
        check_vector(self._classifier.sample_output(tokens))
        sample = self._classifier.sample(tokens)
        run = current_backend().trace_run(self._classifier.model, lambda: self._classifier.run(sample))
        return run, trace_receptive_fields(run.calls, tokens, run.depends_on)

    def _find_layer_calls(self, run: TracedRun) -> list[int]:
        return [number for number, call in enumerate(run.calls) if call.layer in self.layers]

    def _receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        """Of each explained call, which of `tokens` tokens each position covers: [positions, tokens]."""
        run, receptive_fields = self._trace(tokens)
        calls = zip(self._find_layer_calls(run), self.is_target, strict=True)
        return tuple(
            require_receptive_field(run.calls[number], receptive_fields[number])
            for number, is_chosen in calls
            if is_chosen
        )


def select_target_layers(classifier: KerasClassifier, layers: str | Sequence[str], *, tokens: int) -> KerasTargetLayers:
    """The layers named in `model.layers`, or with "auto" the convolutions that feed the pooling."""
    select = select_pooled_convolutions if layers == "auto" else select_named(list(layers), option="model.layers")
    return KerasTargetLayers(classifier, select, tokens=tokens)


def select_embedding(classifier: KerasClassifier, layers: str, *, tokens: int) -> KerasTargetLayers:
    """The layer named in `model.embedding`, or with "auto" the embeddings of the token ids."""
    select = select_token_embeddings if layers == "auto" else select_named([layers], option="model.embedding")
    return KerasTargetLayers(
        classifier,
        lambda run, receptive_fields: require_token_vectors(run, select(run, receptive_fields), tokens),
        tokens=tokens,
    )
