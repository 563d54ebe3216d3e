"""Ablation-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method, sum_channels, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class AblationCam(Method):
    """(Σ_k w_k A[t,k])+, w_k = (y − y with A_k = 0) / |y|, in units of the layer's output; 0 where y is 0.

    The drop is divided by the magnitude of y, so that what raises a negative score counts for the label too. Desai and
    Ramaswamy, 2020, https://doi.org/10.1109/WACV45572.2020.9093360, where y is positive.
    """

    unit: ClassVar[str] = "activation"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is the share of the score that is lost without it."""
        weights = [self._compute_weights(forward, number, cotangents) for number in range(len(forward.values))]
        return sum_channels(forward.activations, weights)

    def _compute_weights(self, forward: ForwardPass, number: int, cotangents: Tensor) -> Tensor:
        from keras import ops

        values = forward.values
        channels = values[number].shape[-1]
        score = sum_labels(cotangents, forward.target)

        def drop(channel: Tensor) -> list[Tensor]:
            channel_mask = ops.cast(ops.arange(channels) != channel, values[number].dtype)
            ablated = [value * channel_mask if layer == number else value for layer, value in enumerate(values)]
            return [score - sum_labels(cotangents, forward.target_at(forward.target_layers, ablated))]

        (drops,) = forward.backend.map_each(drop, ops.arange(channels), outputs=1)
        size = ops.abs(score)
        weights = ops.transpose(ops.where(size > 0, drops / ops.where(size > 0, size, 1.0), 0.0), (1, 2, 0))
        # A 2-D convolution's channel has several columns, flattened to separate activations: they share its weight.
        return ops.tile(weights, (1, 1, forward.activations[number].shape[2] // channels))
