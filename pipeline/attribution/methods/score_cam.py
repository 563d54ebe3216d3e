"""Score-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method, sum_channels, sum_labels
from camlode.pipeline.attribution.padding import expand_mask

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class ScoreCam(Method):
    """(Σ_k w_k A[t,k])+, w = softmax_k(f(X∘H_k) − f(X_b)), in units of the layer's output.

    X is the embedded text. H_k is channel k on the tokens, each the mean of its positions, scaled to [0, 1] over the
    text's own tokens. f(X_b) is the same for all channels, which leaves a softmax unchanged. The softmax is over the
    channels of one target layer. Wang et al., 2020, https://arxiv.org/abs/1910.01279.
    """

    unit: ClassVar[str] = "activation"
    needs_embedding: ClassVar[bool] = True

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Maps whose weight of a channel is the softmax of the score of the text that this channel lets through."""
        from keras import ops

        assert forward.embedding is not None  # noqa: S101 (checked by needs_embedding)
        embedding = forward.embedding
        values = forward.values_at(embedding, forward.batch.inputs)

        def weights(activation: Tensor, receptive_field: Tensor) -> Tensor:
            def score(channel: Tensor) -> list[Tensor]:
                mask = _scale_to_tokens(ops.take(activation, channel, axis=2), receptive_field, forward.batch.mask)
                masked = [value * expand_mask(mask, value) for value in values]
                return [sum_labels(cotangents, forward.target_at(embedding, masked))]

            (scores,) = forward.backend.map_each(score, ops.arange(activation.shape[2]), outputs=1)
            # Not ops.softmax, which warns if there is only one channel.
            shares = ops.exp(scores - ops.logsumexp(scores, axis=0, keepdims=True))
            return ops.transpose(shares, (1, 2, 0))

        pairs = zip(forward.activations, forward.batch.receptive_fields, strict=True)
        has_label = ops.cast(ops.any(cotangents != 0, axis=-1), "float32")[..., None]
        return sum_channels(forward.activations, [weights(*pair) * has_label for pair in pairs])


def _scale_to_tokens(channel: Tensor, receptive_field: Tensor, mask: Tensor) -> Tensor:
    """A channel [documents, positions] on tokens, scaled to [0, 1] over each document's own; 0 if it is constant."""
    from keras import ops

    on_tokens = ops.matmul(channel, receptive_field) / ops.maximum(ops.sum(receptive_field, axis=0), 1.0)
    smallest = ops.min(ops.where(mask > 0, on_tokens, float("inf")), axis=1, keepdims=True)
    largest = ops.max(ops.where(mask > 0, on_tokens, float("-inf")), axis=1, keepdims=True)
    return ops.where(
        ops.logical_and(largest > smallest, mask > 0),
        (on_tokens - smallest) / ops.where(largest > smallest, largest - smallest, 1.0),
        0.0,
    )
