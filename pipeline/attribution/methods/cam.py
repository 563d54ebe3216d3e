"""CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_channels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class Cam(Method):
    """Σ_k w_ck A[t,k], where w_c are the weights of the one linear layer that follows the pooling.

    The weights are read off the gradient: under average pooling of T positions each position's gradient is w_ck / T,
    under max pooling one position's is w_ck; either way they add up to w_ck.
    Zhou et al., 2016, https://arxiv.org/abs/1512.04150.
    """

    needs_linear_head: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """Each channel weighs what its pooled value weighs in the label's logit."""
        return sum_channels(
            forward.activations, forward.per_rank(lambda cotangent: pool_weights(forward, cotangent), cotangents)
        )


def pool_weights(forward: ForwardPass, cotangent: Any) -> list[Any]:
    """w [documents, channels] of each explained value: its gradient, summed over positions."""
    return forward.gradient_sums(cotangent)


def pool_weights_of_both_signs(forward: ForwardPass, cotangent: Any) -> list[Any]:
    """As pooled_weights, for the batch and behind it once more for the negatives of its values.

    A unit that is on for all texts of a batch is then off once.
    """
    from keras import ops

    negated = forward.gradients_at([-value for value in forward.values], cotangent)
    pairs = zip(pool_weights(forward, cotangent), negated, strict=True)
    return [ops.concatenate([weights, ops.sum(flatten_channels(gradient), axis=1)]) for weights, gradient in pairs]
