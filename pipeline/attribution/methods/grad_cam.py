"""Grad-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.attribution.methods.base import Method, sum_channels

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class GradCam(Method):
    """(Σ_k α_k A[t,k])+, α_k = (1/T) Σ_t g[t,k], T the layer's own positions, padding included.

    Selvaraju et al., 2017, https://arxiv.org/abs/1610.02391.
    """

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is the mean of its gradient."""
        return sum_channels(
            forward.activations, forward.per_label(lambda cotangent: average_gradients(forward, cotangent), cotangents)
        )


def average_gradients(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    """α [documents, channels] of each target layer."""
    from keras import ops

    # The mean is over the positions at the model's full length, so that trimming a batch changes no score: positions
    # that were trimmed away have no gradient.
    lengths = forward.batch.lengths
    sums = forward.gradient_sums(cotangent)
    counts = [
        ops.shape(each)[1] if length is None else length
        for each, length in zip(forward.activations, lengths, strict=True)
    ]
    return [each / ops.cast(count, "float32") for each, count in zip(sums, counts, strict=True)]
