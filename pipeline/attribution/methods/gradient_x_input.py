"""Gradient × input."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method
from camlode.pipeline.attribution.methods.hirescam import multiply_gradients

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class GradientXInput(Method):
    """Σ_d e[t,d] ∂y/∂e[t,d]: the contribution of a token's vector, to first order.

    Shrikumar et al., 2016, https://arxiv.org/abs/1605.01713.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The product of embedding and gradient, summed over the embedding's dimensions."""
        return forward.per_label(lambda cotangent: multiply_gradients(forward, cotangent), cotangents)
