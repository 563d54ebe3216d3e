"""The arithmetic of the script class-activate-map, so that its users can check us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.attribution.alignment import Spread
from pipeline.attribution.methods.base import Method, weighted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.attribution.forward import ForwardPass


class ClassActivateMap(Method):
    """Grad-CAM with each branch's gradient divided by its root mean square + 1e-5, and each map by its maximum.

    Each position counts in full for every token that its kernel covers; the sum over branches is divided by how many
    positions of all branches covered the token, then by its maximum over the text. Padding counts like any token, as
    it does there: https://github.com/sciencefren/class-activate-map.
    """

    unit: ClassVar[str] = "share of the text's maximum"
    accumulates: ClassVar[bool] = False
    whole_length: ClassVar[bool] = True

    def maps(self, forward: ForwardPass, directions: Any) -> list[Any]:
        """Each branch's map, between 0 and 1."""
        weights = forward.per_rank(lambda towards: _weights(forward, towards), directions)
        return [divided_by_maximum(each) for each in weighted(forward.activations, weights)]

    def align(self, maps: Sequence[Any], forward: ForwardPass) -> Spread:
        """The mean of the positions that cover a token, divided by its maximum; what fell on padding is not told."""
        from keras import ops

        pairs = zip(maps, forward.batch.covers, strict=True)
        sums = sum(ops.matmul(each, cover) for each, cover in pairs)
        counts = sum(ops.sum(cover, axis=0) for cover in forward.batch.covers)
        scores = divided_by_maximum(sums / ops.maximum(counts, 1.0)) * forward.batch.real
        return Spread(scores, ops.zeros(ops.shape(scores)[:2]))


def _weights(forward: ForwardPass, direction: Any) -> list[Any]:
    from keras import ops

    weights = []
    for gradient in forward.gradients(direction):
        size = ops.sqrt(ops.mean(ops.square(gradient), axis=(1, 2), keepdims=True)) + 1e-5
        weights.append(ops.mean(gradient / size, axis=1))
    return weights


def divided_by_maximum(scores: Any) -> Any:
    """What is positive of `scores` [ranks, documents, places], divided by its maximum; zeros where nothing is."""
    from keras import ops

    positive = ops.relu(scores)
    most = ops.max(positive, axis=-1, keepdims=True)
    return positive / ops.where(most > 0, most, 1.0)
