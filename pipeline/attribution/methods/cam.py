"""CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.attribution.forward import by_channel
from pipeline.attribution.methods.base import Method, weighted

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class Cam(Method):
    """Σ_k w_ck A[t,k], where w_c are the weights of the one linear layer that follows the pooling.

    The weights are read off the gradient: under average pooling of T positions each position's gradient is w_ck / T,
    under max pooling one position's is w_ck; either way they add up to w_ck.
    Zhou et al., 2016, https://arxiv.org/abs/1512.04150.
    """

    linear_head: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """Each channel weighs what its pooled value weighs in the label's logit."""
        return weighted(
            forward.activations, forward.per_rank(lambda towards: pooled_weights(forward, towards), directions)
        )


def pooled_weights(forward: ForwardPass, direction: Any) -> list[Any]:
    """w [documents, channels] of each explained value: its gradient, summed over positions."""
    return forward.gradient_sums(direction)


def weights_either_way(forward: ForwardPass, direction: Any) -> list[Any]:
    """As pooled_weights, for the batch and behind it once more for the negatives of its values.

    A unit that is on for all texts of a batch is then off once.
    """
    from keras import ops

    turned = forward.gradients_at([-value for value in forward.values], direction)
    pairs = zip(pooled_weights(forward, direction), turned, strict=True)
    return [ops.concatenate([weights, ops.sum(by_channel(gradient), axis=1)]) for weights, gradient in pairs]
