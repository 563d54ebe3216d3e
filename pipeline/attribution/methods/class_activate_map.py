"""The arithmetic of the script class-activate-map, so that its users can check us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.methods.base import Method, sum_channels
from camlode.pipeline.attribution.receptive_fields import TokenScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.attribution.forward import ForwardPass


class ClassActivateMap(Method):
    """Grad-CAM with each branch's gradient divided by its root mean square + 1e-5, and each map by its maximum.

    Each position counts in full for every token that its kernel covers; the sum over branches is divided by how many
    positions of all branches covered the token, then by its maximum over the text. Padding counts like any token, as
    it does there: https://github.com/sciencefren/class-activate-map.
    """

    unit: ClassVar[str] = "share of the text's maximum"
    accumulates: ClassVar[bool] = False
    needs_full_length: ClassVar[bool] = True

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """Each branch's map, between 0 and 1."""
        weights = forward.per_rank(lambda cotangent: _compute_weights(forward, cotangent), cotangents)
        return [divide_by_maximum(each) for each in sum_channels(forward.activations, weights)]

    def align(self, maps: Sequence[Any], forward: ForwardPass) -> TokenScores:
        """The mean of the positions that cover a token, divided by its maximum; what fell on padding is not told."""
        from keras import ops

        pairs = zip(maps, forward.batch.receptive_fields, strict=True)
        sums = sum(ops.matmul(each, receptive_field) for each, receptive_field in pairs)
        counts = sum(ops.sum(receptive_field, axis=0) for receptive_field in forward.batch.receptive_fields)
        scores = divide_by_maximum(sums / ops.maximum(counts, 1.0)) * forward.batch.mask
        return TokenScores(scores, ops.zeros(ops.shape(scores)[:2]))


def _compute_weights(forward: ForwardPass, cotangent: Any) -> list[Any]:
    from keras import ops

    weights = []
    for gradient in forward.gradients(cotangent):
        size = ops.sqrt(ops.mean(ops.square(gradient), axis=(1, 2), keepdims=True)) + 1e-5
        weights.append(ops.mean(gradient / size, axis=1))
    return weights


def divide_by_maximum(scores: Any) -> Any:
    """What is positive of `scores` [ranks, documents, places], divided by its maximum; zeros where nothing is."""
    from keras import ops

    positive = ops.relu(scores)
    most = ops.max(positive, axis=-1, keepdims=True)
    return positive / ops.where(most > 0, most, 1.0)
