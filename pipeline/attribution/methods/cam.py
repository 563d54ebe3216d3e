"""CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.forward import flatten_channels
from camlode.pipeline.attribution.methods.base import Method, sum_channels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class Cam(Method):
    """Σ_k w_ck A[t,k], where w_c are the weights of the one linear layer that follows the pooling.

    The weights are the gradient, summed over positions: under average pooling of T positions each position's gradient
    is w_ck / T, under max pooling one position's is w_ck.
    Zhou et al., 2016, https://arxiv.org/abs/1512.04150.
    """

    needs_linear_head: ClassVar[bool] = True
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is that of its pooled value in the label's logit."""
        return sum_channels(
            forward.activations, forward.per_label(lambda cotangent: pool_weights(forward, cotangent), cotangents)
        )


def pool_weights(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    """w [documents, channels] of each target layer: its gradient, summed over positions."""
    return forward.gradient_sums(cotangent)


def pool_weights_of_both_signs(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    """`pool_weights` [2 · documents, channels] of the batch, then of the batch with its activations negated."""
    # Where a hidden unit's ReLU is on for all texts of a batch, their weights agree although the head isn't linear;
    # negated activations turn it off.
    from keras import ops

    negated = forward.gradients_at([-value for value in forward.values], cotangent)
    pairs = zip(pool_weights(forward, cotangent), negated, strict=True)
    return [ops.concatenate([weights, ops.sum(flatten_channels(gradient), axis=1)]) for weights, gradient in pairs]
