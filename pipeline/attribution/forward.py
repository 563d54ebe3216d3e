"""A batch's run through the model, as the methods see it: values, gradients, and further runs with other values."""
# MERGED: The tensors inside a model that are explained, whatever the model is made of.

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.config import Attribution
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField
    from camlode.pipeline.models.backends.protocol import Backend, Replace, Vjp

    ToPredictions = Callable[[Any], tuple[Any, Any]]
    "From a model's output to logits and probabilities: [documents, labels], float32."


class TargetLayers(Protocol):
    """The explained tensors of one model, and a run of the model that shows them."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the user calls them, in the order in which `run` shows them."""
        ...

    @property
    def receptive_field_size(self) -> int:
        """The most tokens that a position covers, of these tensors or of others between them and the input."""
        ...

    def receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        """Of each tensor, which of `tokens` tokens each position covers: [positions, tokens]."""
        ...

    def run(self, inputs: Sequence[Any], replace: Callable[[int, Any], Any], *, inline: bool = False) -> Any:
        """The model's answer, computed with `replace(k, tensor)` in the place of the k-th explained tensor.

        A tape that watches what `replace` returns can differentiate the answer, unless `inline`: then the model's
        operations stand in the current graph one by one, for those who walk over them.
        """
        ...


class Batch(NamedTuple):
    """What is fed: the model's inputs, those of one document of padding alone, and where its tokens lie.

    `mask` [documents, tokens] and each of `receptive_fields` [positions, tokens] are 0 or 1 in float32. `lengths` are the
    positions that each explained value has at the model's full length.
    """

    inputs: Sequence[Any]
    padding_inputs: Sequence[Any]
    mask: Any
    receptive_fields: Sequence[Any]
    lengths: Sequence[int | None]


class ForwardPass:
    """One run of the model on a batch. Explained values are those of `target_layers`; a method may ask for `embedding` too.

    Shapes: values [documents, positions, …], target [documents, labels], directions [ranks, documents, labels], of
    which a method explains Σ direction · target for each rank and document.
    """

    def __init__(
        self,
        backend: Backend,
        target_layers: TargetLayers,
        embedding: TargetLayers | None,
        to_predictions: ToPredictions,
        batch: Batch,
        settings: Attribution,
        target: Literal["logit", "probability"],
    ) -> None:
        self.backend = backend
        self.target_layers = target_layers
        self.embedding = embedding
        self.batch = batch
        self.settings = settings
        self._to_predictions = to_predictions
        self._target = target
        self._vjp: Vjp = backend.vjp(lambda replace: self._to_target(target_layers.run(batch.inputs, replace)))

    @property
    def target(self) -> Any:
        """[documents, labels]: the logits or probabilities that are explained."""
        return self._vjp.result

    @property
    def predictions(self) -> tuple[Any, Any]:
        """Logits and probabilities [documents, labels] of the batch."""
        logits, probabilities = self._vjp.aux
        return logits, probabilities

    @cached_property
    def activations(self) -> list[Any]:
        """The explained values as [documents, positions, channels] in float32."""
        return [flatten_channels(value) for value in self._vjp.values]

    def gradients(self, cotangent: Any) -> list[Any]:
        """Of Σ direction · target, direction [documents, labels], with respect to the activations, in their shape."""
        return [flatten_channels(gradient) for gradient in self._vjp.pullback(cotangent)]

    def gradient_sums(self, cotangent: Any) -> list[Any]:
        """The same, summed over positions: [documents, channels]."""
        from keras import ops

        sums = self._vjp.pullback_sums(cotangent)
        pairs = zip(sums, self.activations, strict=True)
        return [ops.reshape(ops.cast(each, "float32"), (-1, value.shape[-1])) for each, value in pairs]

    def per_rank(self, function: Callable[[Any], list[Any]], cotangents: Any) -> list[Any]:
        """`function(direction)` of each rank's direction, its tensors (one an explained value) stacked."""
        return self.backend.map_each(function, cotangents, outputs=len(self.activations))

    @cached_property
    def position_mask(self) -> list[Any]:
        """[documents, positions] for each explained value: 1 where a position covers a token that is not padding."""
        from keras import ops

        covered = [
            ops.matmul(self.batch.mask, ops.transpose(receptive_field))
            for receptive_field in self.batch.receptive_fields
        ]
        return [ops.cast(each > 0, "float32") for each in covered]

    def values_at(self, target_layers: TargetLayers, inputs: Sequence[Any]) -> list[Any]:
        """What `target_layers` give for `inputs`, as the model makes them."""
        values: list[Any] = []

        def keep(_: int, value: Any) -> Any:
            values.append(value)
            return value

        target_layers.run(inputs, keep)
        return values

    def target_at(self, target_layers: TargetLayers, values: Sequence[Any]) -> Any:
        """The target where `values` stand in the place of what `target_layers` give; what lies before is not run."""
        return self._to_target(target_layers.run(self.batch.inputs, lambda number, _: values[number]))[0]

    def gradients_at(self, values: Sequence[Any], cotangent: Any) -> list[Any]:
        """Gradients of Σ direction · target with respect to `values` in the place of the explained ones."""
        vjp = self.backend.vjp(
            lambda replace: self._to_target(
                self.target_layers.run(self.batch.inputs, lambda number, _: replace(number, values[number]))
            )
        )
        return vjp.pullback(cotangent)

    def run(self, values: Sequence[Any] | None = None) -> Callable[[Replace], Any]:
        """A run for the backend's own walks: on the batch, or on `values` in the place of the explained ones."""

        def run(replace: Replace) -> Any:
            def other(number: int, value: Any) -> Any:
                return replace(number, value if values is None else values[number])

            return self._to_target(self.target_layers.run(self.batch.inputs, other, inline=True))[0]

        return run

    def _to_target(self, output: Any) -> tuple[Any, tuple[Any, Any]]:
        logits, probabilities = self._to_predictions(output)
        return logits if self._target == "logit" else probabilities, (logits, probabilities)

    def baseline(self) -> list[Any]:
        """Embedded tokens [documents, tokens, …] that say nothing: the padding's, or zeros, by the settings."""
        from keras import ops

        values = self._vjp.values
        if self.settings.baseline == "zero":
            return [ops.zeros_like(value) for value in values]
        padding_values = self.values_at(self.target_layers, self.batch.padding_inputs)
        # Of several, the last is the one of padding alone.
        return [
            ops.broadcast_to(each[-1:], ops.shape(value)) for each, value in zip(padding_values, values, strict=True)
        ]

    @property
    def values(self) -> list[Any]:
        """The explained values as the model made them."""
        return self._vjp.values


def flatten_channels(tensor: Any) -> Any:
    """[documents, positions, channels] in float32, also where a 2-D convolution has one column more."""
    from keras import ops

    documents, positions = ops.shape(tensor)[:2]
    sizes = tensor.shape[2:]
    channels = -1 if None in sizes else math.prod(sizes)
    return ops.reshape(ops.cast(tensor, "float32"), (documents, positions, channels))


def expand_mask(mask: Any, value: Any) -> Any:
    """`mask` [documents, positions] with as many axes as `value` [documents, positions, …], in its kind."""
    from keras import ops

    for _ in range(len(value.shape) - 2):
        mask = ops.expand_dims(mask, -1)
    return ops.cast(mask, value.dtype)
