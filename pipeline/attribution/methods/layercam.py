"""LayerCAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods.base import Method

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class LayerCam(Method):
    """(Σ_k (g[t,k])+ A[t,k])+: each position is weighted by its own gradient, if that is positive.

    Jiang et al., 2021, https://doi.org/10.1109/TIP.2021.3089943.
    """

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The product of activation and positive gradient, summed over channels."""
        return forward.per_label(lambda cotangent: _multiply_positive_gradients(forward, cotangent), cotangents)


def _multiply_positive_gradients(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    from keras import ops

    pairs = zip(forward.activations, forward.gradients(cotangent), strict=True)
    return [ops.sum(activation * ops.relu(gradient), axis=-1) for activation, gradient in pairs]
