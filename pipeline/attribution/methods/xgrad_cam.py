"""XGrad-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.attribution.methods.base import Method, summed, weighted

if TYPE_CHECKING:
    from pipeline.attribution.forward import ForwardPass


class XGradCam(Method):
    """(Σ_k w_k A[t,k])+, w_k = Σ_t (A[t,k] / S_k) g[t,k], 0 where S_k = Σ_t A[t,k] is 0.

    Positions on padding alone count in neither sum. Fu et al., 2020, https://arxiv.org/abs/2008.02312.
    """

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """Each channel weighs its gradient's mean, weighted by its own values."""
        return weighted(forward.activations, forward.per_rank(lambda towards: _weights(forward, towards), directions))


def _weights(forward: ForwardPass, direction: Any) -> list[Any]:
    from keras import ops

    triples = zip(forward.activations, forward.gradients(direction), forward.held, strict=True)
    return [
        ops.divide_no_nan(summed(held, activation * gradient), summed(held, activation))
        for activation, gradient, held in triples
    ]
