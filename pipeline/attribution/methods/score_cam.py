"""Score-CAM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import expand_mask
from camlode.pipeline.attribution.methods.base import Method, sum_channels, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class ScoreCam(Method):
    """(Σ_k w_k A[t,k])+, w = softmax_k(f(X∘H_k) − f(X_b)), in units of the layer's output.

    X is the embedded text and H_k channel k brought to the tokens, each the mean of the positions that cover it, and
    scaled to [0, 1] over the text's own. f(X_b) is the same for all channels and leaves a softmax as it is. The softmax
    is over one explained layer's channels. Wang et al., 2020, https://arxiv.org/abs/1910.01279.
    """

    unit: ClassVar[str] = "activation"
    needs_embedding: ClassVar[bool] = True

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """Each channel weighs what the score is where only it lets the text through."""
        from keras import ops

        assert forward.embedding is not None  # noqa: S101 (checked by needs_embedding)
        embedding = forward.embedding
        values = forward.values_at(embedding, forward.batch.inputs)

        def weights(activation: Any, receptive_field: Any) -> Any:
            def score(channel: Any) -> list[Any]:
                mask = _scale_to_tokens(ops.take(activation, channel, axis=2), receptive_field, forward.batch.mask)
                masked = [value * expand_mask(mask, value) for value in values]
                return [sum_labels(cotangents, forward.target_at(embedding, masked))]

            (scores,) = forward.backend.map_each(score, ops.arange(activation.shape[2]), outputs=1)
            # Not ops.softmax, which warns of a layer with one channel.
            shares = ops.exp(scores - ops.logsumexp(scores, axis=0, keepdims=True))
            return ops.transpose(shares, (1, 2, 0))

        pairs = zip(forward.activations, forward.batch.receptive_fields, strict=True)
        has_label = ops.cast(ops.any(cotangents != 0, axis=-1), "float32")[..., None]
        return sum_channels(forward.activations, [weights(*pair) * has_label for pair in pairs])


def _scale_to_tokens(channel: Any, receptive_field: Any, mask: Any) -> Any:
    """A channel [documents, positions] on the tokens, between 0 and 1 over each document's own; 0 where it is flat."""
    from keras import ops

    on_tokens = ops.matmul(channel, receptive_field) / ops.maximum(ops.sum(receptive_field, axis=0), 1.0)
    least = ops.min(ops.where(mask > 0, on_tokens, float("inf")), axis=1, keepdims=True)
    most = ops.max(ops.where(mask > 0, on_tokens, float("-inf")), axis=1, keepdims=True)
    return ops.where(
        ops.logical_and(most > least, mask > 0), (on_tokens - least) / ops.where(most > least, most - least, 1.0), 0.0
    )
