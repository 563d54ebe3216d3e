"""HiResCAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class HiResCam(Method):
    """Σ_k g[t,k] A[t,k] with its sign: each position is weighted by its own gradient, nothing is averaged.

    Draelos and Carin, 2020, https://arxiv.org/abs/2011.08891.
    """

    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The product of activation and gradient, summed over channels."""
        return forward.per_label(lambda cotangent: multiply_gradients(forward, cotangent), cotangents)


def multiply_gradients(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    """Σ_k g[t,k] A[t,k] of each target layer: [documents, positions]."""
    from keras import ops

    pairs = zip(forward.activations, forward.gradients(cotangent), strict=True)
    return [ops.sum(activation * gradient, axis=-1) for activation, gradient in pairs]
