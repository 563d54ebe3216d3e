"""Forward pass of a batch, as methods see it: target layers' outputs, their gradients, runs with other outputs."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from camlode.pipeline.attribution.padding import position_masks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.config import Attribution
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.receptive_fields import ReceptiveField
    from camlode.pipeline.models.backends.protocol import Backend, Replace, Vjp

    ToPredictions = Callable[[Tensor], tuple[Tensor, Tensor]]
    "From a model's output to logits and probabilities: [documents, labels], float32."


class TargetLayers(Protocol):
    """The layers of one model that are explained, and a run of the model that exposes their outputs.

    They are calls of Keras layers or tensors of a graph, each a tensor [documents, positions, …].
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The layers' names in the model, in the order in which `run` reaches them."""
        ...

    @property
    def receptive_field_size(self) -> int:
        """The most tokens in the receptive field of a position, of these layers or of layers before them."""
        ...

    def receptive_fields(self, tokens: int) -> tuple[ReceptiveField, ...]:
        """Each layer's receptive fields for texts of `tokens` tokens: [positions, tokens]."""
        ...

    def run(self, inputs: Sequence[Tensor], replace: Replace, *, inline: bool = False) -> Tensor:
        """The model's output, computed with `replace(k, output)` instead of the k-th target layer's output.

        A tape that watches what `replace` returns can differentiate the model's output. With `inline` the model's
        operations are added to the current graph one by one, for a walk over them, and a tape need not work.
        """
        ...


class Batch(NamedTuple):
    """A batch as tensors: the model's inputs, those of one document of padding alone, masks, receptive fields.

    `mask` [documents, tokens] and each of `receptive_fields` [positions, tokens] are 0 or 1 in float32. `lengths`:
    number of positions of each target layer at the model's full length, None if it has no full length.
    """

    inputs: Sequence[Tensor]
    padding_inputs: Sequence[Tensor]
    mask: Tensor
    receptive_fields: Sequence[Tensor]
    lengths: Sequence[int | None]


class ForwardPass:
    """One run of the model on a batch, differentiable with respect to the outputs of `target_layers`.

    Shapes: values [documents, positions, …], target [documents, labels], cotangents [max_labels, documents, labels].
    For each of these rows a method explains Σ_labels cotangent · target. `embedding`: the layers that give the tokens'
    vectors, for methods that change them.
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
    def target(self) -> Tensor:
        """[documents, labels]: the logits or probabilities that are explained."""
        return self._vjp.result

    @property
    def predictions(self) -> tuple[Tensor, Tensor]:
        """Logits and probabilities [documents, labels] of the batch."""
        logits, probabilities = self._vjp.aux
        return logits, probabilities

    @property
    def values(self) -> list[Tensor]:
        """The target layers' outputs, in the model's own shapes and types."""
        return self._vjp.values

    @cached_property
    def activations(self) -> list[Tensor]:
        """The target layers' outputs as [documents, positions, channels] in float32."""
        return [flatten_channels(value) for value in self.values]

    def gradients(self, cotangent: Tensor) -> list[Tensor]:
        """Gradient of Σ_l cotangent_l · target_l with respect to the activations; same shapes as these.

        `cotangent`: [documents, labels].
        """
        return [flatten_channels(gradient) for gradient in self._vjp.pullback(cotangent)]

    def gradient_sums(self, cotangent: Tensor) -> list[Tensor]:
        """`gradients`, summed over positions: [documents, channels]."""
        from keras import ops

        pairs = zip(self._vjp.pullback_sums(cotangent), self.activations, strict=True)
        return [ops.reshape(ops.cast(each, "float32"), (-1, value.shape[-1])) for each, value in pairs]

    def per_label(self, function: Callable[[Tensor], list[Tensor]], cotangents: Tensor) -> list[Tensor]:
        """`function(cotangent)` for the cotangent of each label, its tensors, one for each target layer, stacked."""
        return self.backend.map_each(function, cotangents, outputs=len(self.activations))

    @cached_property
    def position_masks(self) -> list[Tensor]:
        """[documents, positions] of each target layer: 1 where the receptive field has a token that isn't padding."""
        return position_masks(self.batch.mask, self.batch.receptive_fields)

    def baseline(self) -> list[Tensor]:
        """Embedded tokens [documents, tokens, …] without meaning: the padding's or zeros, by `attribution.baseline`."""
        from keras import ops

        if self.settings.baseline == "zero":
            return [ops.zeros_like(value) for value in self.values]
        padding_values = self.values_at(self.target_layers, self.batch.padding_inputs)
        # Of several documents, the last is the one of padding alone.
        pairs = zip(padding_values, self.values, strict=True)
        return [ops.broadcast_to(each[-1:], ops.shape(value)) for each, value in pairs]

    def values_at(self, layers: TargetLayers, inputs: Sequence[Tensor]) -> list[Tensor]:
        """The outputs of `layers` for `inputs`."""
        values: list[Tensor] = []

        def keep(_: int, value: Tensor) -> Tensor:
            values.append(value)
            return value

        layers.run(inputs, keep)
        return values

    def target_at(self, layers: TargetLayers, values: Sequence[Tensor]) -> Tensor:
        """The target with `values` instead of the outputs of `layers`; what only those outputs need is not computed."""
        return self._to_target(layers.run(self.batch.inputs, lambda number, _: values[number]))[0]

    def gradients_at(self, values: Sequence[Tensor], cotangent: Tensor) -> list[Tensor]:
        """Gradients of Σ_l cotangent_l · target_l with `values` instead of the target layers' outputs."""
        vjp = self.backend.vjp(
            lambda replace: self._to_target(
                self.target_layers.run(self.batch.inputs, lambda number, _: replace(number, values[number]))
            )
        )
        return vjp.pullback(cotangent)

    def make_run(self, values: Sequence[Tensor] | None = None) -> Callable[[Replace], Tensor]:
        """A run for walks over operations: of the batch, or with `values` instead of the target layers' outputs."""

        def run(replace: Replace) -> Tensor:
            def replace_value(number: int, value: Tensor) -> Tensor:
                return replace(number, value if values is None else values[number])

            return self._to_target(self.target_layers.run(self.batch.inputs, replace_value, inline=True))[0]

        return run

    def _to_target(self, output: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        logits, probabilities = self._to_predictions(output)
        return logits if self._target == "logit" else probabilities, (logits, probabilities)


def flatten_channels(tensor: Tensor) -> Tensor:
    """[documents, positions, channels] in float32; a 2-D convolution's last two axes become one."""
    from keras import ops

    documents, positions = ops.shape(tensor)[:2]
    sizes = tensor.shape[2:]
    channels = -1 if None in sizes else math.prod(sizes)
    return ops.reshape(ops.cast(tensor, "float32"), (documents, positions, channels))
