"""Grad-CAM++."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.attribution.methods.base import Method, summed, weighted

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class GradCamPlusPlus(Method):
    """(Σ_k w_k A[t,k])+, w_k = Σ_t a[t,k] (g[t,k])+, a = g² / (2g² + S_k g³), 0 where g or the denominator is 0.

    S_k = Σ_t A[t,k]. Positions on padding alone count in neither sum.
    Chattopadhay et al., 2018, https://arxiv.org/abs/1710.11063, section 3.
    """

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """Each channel weighs its positive gradients, the more so the fewer positions have them."""
        return weighted(forward.activations, forward.per_rank(lambda towards: _weights(forward, towards), directions))


def _weights(forward: ForwardPass, direction: Any) -> list[Any]:
    triples = zip(forward.activations, forward.gradients(direction), forward.held, strict=True)
    return [_weight(activation, gradient, held) for activation, gradient, held in triples]


def _weight(activation: Any, gradient: Any, held: Any) -> Any:
    from keras import ops

    sums = summed(held, activation)[:, None, :]
    # g² is cancelled from numerator and denominator: what is left stands where g isn't 0.
    return summed(held, ops.divide_no_nan(ops.relu(gradient), 2.0 + sums * gradient))
