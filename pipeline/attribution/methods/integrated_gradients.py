"""Integrated gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.attribution.forward import by_channel
from pipeline.attribution.methods.base import Method, asked

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class IntegratedGradients(Method):
    """Σ_d (e−e′)[t,d] ∫₀¹ ∂y/∂e[t,d](e′ + a(e−e′)) da, by the midpoints of equal steps of a.

    Complete but for what the steps miss: the scores add up to y(e) − y(e′).
    Sundararajan et al., 2017, https://arxiv.org/abs/1703.01365.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """The gradients' mean on the straight way from the baseline, times the way."""
        from keras import ops

        baseline = forward.baseline()
        ways = [value - start for value, start in zip(forward.values, baseline, strict=True)]
        steps = self.settings.steps
        midpoints = (ops.arange(steps, dtype="float32") + 0.5) / steps

        def at(midpoint: Any, direction: Any) -> list[Any]:
            values = [start + ops.cast(midpoint, way.dtype) * way for start, way in zip(baseline, ways, strict=True)]
            pairs = zip(forward.gradients_at(values, direction), ways, strict=True)
            return [ops.sum(by_channel(gradient) * by_channel(way), axis=-1) for gradient, way in pairs]

        def mean(direction: Any) -> list[Any]:
            stacked = forward.backend.each(lambda midpoint: at(midpoint, direction), midpoints, outputs=len(ways))
            return [ops.mean(each, axis=0) for each in stacked]

        return forward.per_rank(mean, directions)

    def total(self, forward: ForwardPass, directions: Any) -> Any:
        """y(e) − y(e′)."""
        return asked(directions, forward.target - forward.target_at(forward.points, forward.baseline()))
