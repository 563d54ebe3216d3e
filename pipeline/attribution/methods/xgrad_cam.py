"""XGrad-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods.base import Method, sum_channels, sum_positions

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class XGradCam(Method):
    """(Σ_k w_k A[t,k])+, w_k = Σ_t (A[t,k] / S_k) g[t,k], 0 where S_k = Σ_t A[t,k] is 0.

    Positions on padding alone count in neither sum. Fu et al., 2020, https://arxiv.org/abs/2008.02312.
    """

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is the mean of its gradient, weighted by its activations."""
        return sum_channels(
            forward.activations, forward.per_label(lambda cotangent: _compute_weights(forward, cotangent), cotangents)
        )


def _compute_weights(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    from keras import ops

    triples = zip(forward.activations, forward.gradients(cotangent), forward.position_masks, strict=True)
    return [
        ops.divide_no_nan(sum_positions(position_mask, activation * gradient), sum_positions(position_mask, activation))
        for activation, gradient, position_mask in triples
    ]
