"""Saliency."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class Saliency(Method):
    """Σ_d |∂y/∂e[t,d]|: how much a change of a token's vector changes the score, in either direction; never negative.

    Simonyan et al., 2013, https://arxiv.org/abs/1312.6034.
    """

    explains: ClassVar = "embedding"
    unit: ClassVar[str] = "logits per unit of embedding"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Magnitude of the gradient, summed over the embedding's dimensions."""
        from keras import ops

        def magnitudes(cotangent: Tensor) -> list[Tensor]:
            return [ops.sum(ops.abs(gradient), axis=-1) for gradient in forward.gradients(cotangent)]

        return forward.per_label(magnitudes, cotangents)
