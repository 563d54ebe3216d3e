"""DeepLIFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.attribution.forward import by_channel
from pipeline.attribution.methods.base import Method, asked

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class DeepLift(Method):
    """DeepLIFT's Rescale rule: Δout/Δin at a nonlinearity, the weights at a linear layer, from the score backwards.

    Complete: the scores add up to y(e) − y(e′).
    Shrikumar et al., 2017, https://arxiv.org/abs/1704.02685, section 3.5.1.
    """

    explains: ClassVar = "embedding"
    by_rules: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """What the difference of each token's vector from the baseline contributes."""
        from keras import ops

        baseline = forward.baseline()

        def contributions(direction: Any) -> list[Any]:
            found = forward.backend.contributions(forward.run(), forward.run(baseline), direction)
            return [ops.sum(by_channel(contribution), axis=-1) for contribution in found]

        return forward.per_rank(contributions, directions)

    def total(self, forward: ForwardPass, directions: Any) -> Any:
        """y(e) − y(e′)."""
        return asked(directions, forward.target - forward.target_at(forward.points, forward.baseline()))
