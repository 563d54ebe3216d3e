"""DeepLIFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class DeepLift(Method):
    """DeepLIFT's Rescale rule: Δout/Δin at a nonlinearity, the weights at a linear layer, from the score backwards.

    Complete: the scores add up to y(e) − y(e′).
    Shrikumar et al., 2017, https://arxiv.org/abs/1704.02685, section 3.5.1.
    """

    explains: ClassVar = "embedding"
    uses_propagation: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """What the difference of each token's vector from the baseline contributes."""
        from keras import ops

        baseline = forward.baseline()

        def propagate_contributions(cotangent: Any) -> list[Any]:
            found = forward.backend.propagate_contributions(forward.run(), forward.run(baseline), cotangent)
            return [ops.sum(flatten_channels(contribution), axis=-1) for contribution in found]

        return forward.per_rank(propagate_contributions, cotangents)

    def total(self, forward: ForwardPass, cotangents: Any) -> Any:
        """y(e) − y(e′)."""
        return sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, forward.baseline()))
