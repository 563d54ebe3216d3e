"""Occlusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from camlode.pipeline.attribution.methods.base import Method, sum_labels
from camlode.pipeline.attribution.padding import expand_mask

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class Occlusion(Method):
    """y(x) − y(x with a window of tokens masked); a token's score is the mean over the windows that cover it.

    A window of w tokens starts at each token and at the w − 1 positions before the text, so every token lies in w
    windows, however much padding there is. Masked tokens take the baseline's vectors. Zeiler and Fergus, 2013,
    https://arxiv.org/abs/1311.2901, section 4.2.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """The drop of the score without each window, averaged over a token's windows."""
        from keras import ops

        window, values, baseline = self.settings.window, forward.values, forward.baseline()
        positions = ops.arange(ops.shape(values[0])[1])
        starts = ops.arange(1 - window, ops.shape(values[0])[1])

        def covered(start: Tensor) -> Tensor:
            return ops.cast(ops.logical_and(positions >= start, positions < start + window), "float32")

        def drop(start: Tensor) -> list[Tensor]:
            mask = 1.0 - covered(start)[None, :]
            occluded = [
                value * expand_mask(mask, value) + baseline_value * expand_mask(1.0 - mask, value)
                for value, baseline_value in zip(values, baseline, strict=True)
            ]
            return [sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, occluded))]

        (drops,) = forward.backend.map_each(drop, starts, outputs=1)
        scores = ops.einsum("wrb,wt->rbt", drops, covered(starts[:, None])) / window
        # A model that embeds its tokens twice has two target layers, masked together: the scores count only once.
        return [scores, *(ops.zeros_like(scores) for _ in values[1:])]
