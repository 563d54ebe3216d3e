"""Grad-CAM (Selvaraju et al., 2017, https://arxiv.org/abs/1610.02391): the map (Σ_k α_k A[t,k])+, in logits.

A is the explained layer's output, and α_k = (1/T) Σ_t ∂y/∂A[t,k], where y is the logit of the explained label and T the
layer's own number of positions, padding included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Method(NamedTuple):
    """A method on a layer's output [batch, positions, channels], in two steps.

    `weigh(activation, gradient)` is called for each rank of label, and what it gives is stacked for
    `combine(activation, weights)`, which makes the maps [ranks, batch, positions] of all of them at once.
    """

    weigh: Callable[[Any, Any], Any]
    combine: Callable[[Any, Any], Any]


def channel_weights(_: Any, gradient: Any) -> Any:
    """α [batch, channels] of the gradient [batch, positions, channels]."""
    from keras import ops

    return ops.mean(gradient, axis=1)


def weighted_maps(activation: Any, weights: Any) -> Any:
    """The maps [ranks, batch, positions], never negative, of `weights` [ranks, batch, channels]."""
    from keras import ops

    return ops.relu(ops.einsum("btk,rbk->rbt", activation, weights))


METHODS = {"grad-cam": Method(channel_weights, weighted_maps)}
"""The methods on a layer's output, by their name in `attribution.method`."""
