"""DeepLIFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class DeepLift(Method):
    """DeepLIFT's Rescale rule: Δout/Δin at a nonlinearity, the weights at a linear layer, from the score backwards.

    Complete: the scores add up to y(e) − y(e′).
    Shrikumar et al., 2017, https://arxiv.org/abs/1704.02685, section 3.5.1.
    """

    explains: ClassVar = "embedding"
    uses_propagation: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The contribution of each token's difference from the baseline, summed over the embedding's dimensions."""
        from keras import ops

        baseline = forward.baseline()

        def propagate_contributions(cotangent: Tensor) -> list[Tensor]:
            contributions = forward.backend.propagate_contributions(
                forward.make_run(), forward.make_run(baseline), cotangent
            )
            return [ops.sum(flatten_channels(contribution), axis=-1) for contribution in contributions]

        return forward.per_label(propagate_contributions, cotangents)

    def total(self, forward: ForwardPass, cotangents: Tensor) -> Tensor:
        """y(e) − y(e′)."""
        return sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, forward.baseline()))
