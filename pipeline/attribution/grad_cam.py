"""Grad-CAM (Selvaraju et al., 2017, https://arxiv.org/abs/1610.02391)."""

from __future__ import annotations

from typing import Any


def grad_cam(activation: Any, gradient: Any) -> Any:
    """The map (Σ_k α_k A[t,k])+ with α_k = (1/T) Σ_t ∂y/∂A[t,k], in logits.

    Args:
        activation: A, the explained layer's output [batch, positions, channels].
        gradient: ∂y/∂A, of the same shape, where y is the logit of the explained label.

    Returns:
        The map [batch, positions], never negative; T is the layer's own number of positions, padding included.
    """
    from keras import ops

    weights = ops.mean(gradient, axis=1)
    return ops.relu(ops.einsum("btk,bk->bt", activation, weights))


METHODS = {"grad-cam": grad_cam}
"""The methods on a layer's output, by their name in `attribution.method`."""
