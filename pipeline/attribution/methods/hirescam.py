"""HiResCAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class HiResCam(Method):
    """Σ_k g[t,k] A[t,k], its sign kept: each position by its own gradient, nothing averaged.

    Draelos and Carin, 2020, https://arxiv.org/abs/2011.08891.
    """

    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """The product of value and gradient, summed over channels."""
        return forward.per_rank(lambda cotangent: multiply_gradients(forward, cotangent), cotangents)


def multiply_gradients(forward: ForwardPass, cotangent: Any) -> list[Any]:
    """Σ_k g[t,k] A[t,k] of each explained value: [documents, positions]."""
    from keras import ops

    pairs = zip(forward.activations, forward.gradients(cotangent), strict=True)
    return [ops.sum(activation * gradient, axis=-1) for activation, gradient in pairs]
