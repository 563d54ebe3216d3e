"""Integrated gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class IntegratedGradients(Method):
    """Σ_d (e−e′)[t,d] ∫₀¹ ∂y/∂e[t,d](e′ + a(e−e′)) da, by the midpoints of equal steps of a.

    Complete but for what the steps miss: the scores add up to y(e) − y(e′).
    Sundararajan et al., 2017, https://arxiv.org/abs/1703.01365.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """The gradients' mean on the straight way from the baseline, times the way."""
        from keras import ops

        baseline = forward.baseline()
        differences = [value - start for value, start in zip(forward.values, baseline, strict=True)]
        steps = self.settings.steps
        midpoints = (ops.arange(steps, dtype="float32") + 0.5) / steps

        def at(midpoint: Any, cotangent: Any) -> list[Any]:
            values = [
                start + ops.cast(midpoint, difference.dtype) * difference
                for start, difference in zip(baseline, differences, strict=True)
            ]
            pairs = zip(forward.gradients_at(values, cotangent), differences, strict=True)
            return [
                ops.sum(flatten_channels(gradient) * flatten_channels(difference), axis=-1)
                for gradient, difference in pairs
            ]

        def mean(cotangent: Any) -> list[Any]:
            stacked = forward.backend.map_each(
                lambda midpoint: at(midpoint, cotangent), midpoints, outputs=len(differences)
            )
            return [ops.mean(each, axis=0) for each in stacked]

        return forward.per_rank(mean, cotangents)

    def total(self, forward: ForwardPass, cotangents: Any) -> Any:
        """y(e) − y(e′)."""
        return sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, forward.baseline()))
