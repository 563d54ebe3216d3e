"""Saliency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class Saliency(Method):
    """Σ_d |∂y/∂e[t,d]|: how much a token's vector could change the score, whichever way; never negative.

    Simonyan et al., 2013, https://arxiv.org/abs/1312.6034.
    """

    explains: ClassVar = "embedding"
    unit: ClassVar[str] = "logits per unit of embedding"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """The gradient's magnitude, summed over the embedding's dimensions."""
        from keras import ops

        def magnitudes(cotangent: Any) -> list[Any]:
            return [ops.sum(ops.abs(gradient), axis=-1) for gradient in forward.gradients(cotangent)]

        return forward.per_rank(magnitudes, cotangents)
