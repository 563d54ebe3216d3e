"""Ablation-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.attribution.methods.base import Method, asked, weighted

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class AblationCam(Method):
    """(Σ_k w_k A[t,k])+, w_k = (y − y with A_k = 0) / |y|, in units of the layer's output; 0 where y is 0.

    The slope is taken by the magnitude of y, so that what raises a negative score also counts for the label. Desai and
    Ramaswamy, 2020, https://doi.org/10.1109/WACV45572.2020.9093360, where y is positive.
    """

    unit: ClassVar[str] = "activation"

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """Each channel weighs the share of the score that is lost without it."""
        weights = [self._weights(forward, number, directions) for number in range(len(forward.values))]
        return weighted(forward.activations, weights)

    def _weights(self, forward: ForwardPass, number: int, directions: Any) -> Any:
        from keras import ops

        values = forward.values
        channels = values[number].shape[-1]
        score = asked(directions, forward.target)

        def drop(channel: Any) -> list[Any]:
            kept = ops.cast(ops.arange(channels) != channel, values[number].dtype)
            left = [value * kept if place == number else value for place, value in enumerate(values)]
            return [score - asked(directions, forward.target_at(forward.points, left))]

        (drops,) = forward.backend.each(drop, ops.arange(channels), outputs=1)
        size = ops.abs(score)
        weights = ops.transpose(ops.where(size > 0, drops / ops.where(size > 0, size, 1.0), 0.0), (1, 2, 0))
        # A 2-D convolution's channel has several columns, which weigh the same.
        return ops.tile(weights, (1, 1, forward.activations[number].shape[2] // channels))
