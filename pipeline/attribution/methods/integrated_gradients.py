"""Integrated gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class IntegratedGradients(Method):
    """Σ_d (e−e′)[t,d] ∫₀¹ ∂y/∂e[t,d](e′ + a(e−e′)) da, by the midpoint rule in `attribution.steps` equal steps of a.

    Complete up to the error of the midpoint rule: the scores add up to y(e) − y(e′).
    Sundararajan et al., 2017, https://arxiv.org/abs/1703.01365.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Mean gradient on the straight line from the baseline, times the difference from the baseline."""
        from keras import ops

        baseline = forward.baseline()
        differences = [value - start for value, start in zip(forward.values, baseline, strict=True)]
        steps = self.settings.steps
        midpoints = (ops.arange(steps, dtype="float32") + 0.5) / steps

        def weigh_gradients(midpoint: Tensor, cotangent: Tensor) -> list[Tensor]:
            values = [
                start + ops.cast(midpoint, difference.dtype) * difference
                for start, difference in zip(baseline, differences, strict=True)
            ]
            pairs = zip(forward.gradients_at(values, cotangent), differences, strict=True)
            return [
                ops.sum(flatten_channels(gradient) * flatten_channels(difference), axis=-1)
                for gradient, difference in pairs
            ]

        def average_steps(cotangent: Tensor) -> list[Tensor]:
            stacked = forward.backend.map_each(
                lambda midpoint: weigh_gradients(midpoint, cotangent), midpoints, outputs=len(differences)
            )
            return [ops.mean(each, axis=0) for each in stacked]

        return forward.per_label(average_steps, cotangents)

    def total(self, forward: ForwardPass, cotangents: Tensor) -> Tensor:
        """y(e) − y(e′)."""
        return sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, forward.baseline()))
