"""Grad-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from camlode.pipeline.attribution.methods.base import Method, sum_channels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class GradCam(Method):
    """(Σ_k α_k A[t,k])+, α_k = (1/T) Σ_t g[t,k], T the layer's own positions, padding included.

    Selvaraju et al., 2017, https://arxiv.org/abs/1610.02391.
    """

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """Each channel weighs as much as its gradient's mean."""
        return sum_channels(
            forward.activations, forward.per_rank(lambda cotangent: average_gradients(forward, cotangent), cotangents)
        )


def average_gradients(forward: ForwardPass, cotangent: Any) -> list[Any]:
    """α [documents, channels] of each explained value; the mean is over the positions at the model's full length."""
    from keras import ops

    lengths = forward.batch.lengths
    sums = forward.gradient_sums(cotangent)
    counts = [
        ops.shape(each)[1] if length is None else length
        for each, length in zip(forward.activations, lengths, strict=True)
    ]
    return [each / ops.cast(count, "float32") for each, count in zip(sums, counts, strict=True)]
