"""The arithmetic of the script class-activate-map, for comparing its results with camlode's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method, sum_channels
from camlode.pipeline.attribution.receptive_fields import TokenScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class ClassActivateMap(Method):
    """Grad-CAM with each branch's gradient divided by its root mean square + 1e-5, and each map by its maximum.

    Each position counts in full for every token in its receptive field; a token's sum over all branches is divided by
    the number of its positions, then by the text's maximum. Padding counts like any token, as in the script:
    https://github.com/sciencefren/class-activate-map.
    """

    unit: ClassVar[str] = "share of the text's maximum"
    is_additive: ClassVar[bool] = False
    needs_full_length: ClassVar[bool] = True

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Each branch's map, between 0 and 1."""
        weights = forward.per_label(lambda cotangent: _compute_weights(forward, cotangent), cotangents)
        return [divide_by_maximum(each) for each in sum_channels(forward.activations, weights)]

    def align(self, maps: Sequence[Tensor], forward: ForwardPass) -> TokenScores:
        """The mean of each token's positions, divided by the text's maximum; the padding's share is reported as 0."""
        from keras import ops

        pairs = zip(maps, forward.batch.receptive_fields, strict=True)
        sums = sum(ops.matmul(each, receptive_field) for each, receptive_field in pairs)
        counts = sum(ops.sum(receptive_field, axis=0) for receptive_field in forward.batch.receptive_fields)
        scores = divide_by_maximum(sums / ops.maximum(counts, 1.0)) * forward.batch.mask
        return TokenScores(scores, ops.zeros(ops.shape(scores)[:2]))


def _compute_weights(forward: ForwardPass, cotangent: Tensor) -> list[Tensor]:
    from keras import ops

    weights = []
    for gradient in forward.gradients(cotangent):
        size = ops.sqrt(ops.mean(ops.square(gradient), axis=(1, 2), keepdims=True)) + 1e-5
        weights.append(ops.mean(gradient / size, axis=1))
    return weights


def divide_by_maximum(scores: Tensor) -> Tensor:
    """Positive part of `scores` [max_labels, documents, positions], divided by its maximum; zeros without one."""
    from keras import ops

    positive = ops.relu(scores)
    maximum = ops.max(positive, axis=-1, keepdims=True)
    return positive / ops.where(maximum > 0, maximum, 1.0)
