"""Grad-CAM++."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods.base import Method, sum_channels, sum_positions

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class GradCamPlusPlus(Method):
    """(Σ_k w_k A[t,k])+, w_k = Σ_t a[t,k] (g[t,k])+, a = g² / (2g² + S_k g³), 0 where g or the denominator is 0.

    S_k = Σ_t A[t,k]. Positions on padding alone count in neither sum.
    Chattopadhay et al., 2018, https://arxiv.org/abs/1710.11063, section 3.
    """

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is that of its positive gradients, more if fewer positions have them."""
        return sum_channels(
            forward.activations, forward.per_label(lambda cotangent: _compute_weights(forward, cotangent), cotangents)
        )


def _compute_weights(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    triples = zip(forward.activations, forward.gradients(cotangent), forward.position_masks, strict=True)
    return [_compute_weight(activation, gradient, position_mask) for activation, gradient, position_mask in triples]


def _compute_weight(activation: Tensor, gradient: Tensor, position_mask: Tensor) -> Tensor:
    from keras import ops

    sums = sum_positions(position_mask, activation)[:, None, :]
    # g² (g)+ / (2g² + S g³) with g² cancelled: 1 / (2 + S g) · (g)+, which is 0 where g is 0.
    return sum_positions(position_mask, ops.divide_no_nan(ops.relu(gradient), 2.0 + sums * gradient))
