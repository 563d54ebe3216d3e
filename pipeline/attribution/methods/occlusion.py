"""Occlusion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from camlode.pipeline.attribution.forward import expand_mask
from camlode.pipeline.attribution.methods.base import Method, sum_labels

if TYPE_CHECKING:
    from camlode.pipeline.attribution.forward import ForwardPass


class Occlusion(Method):
    """y(x) − y(x with a window of tokens masked), each token the mean of the windows that cover it.

    A window of w tokens starts at each token and at the w − 1 places before the text, so every token lies in w windows,
    however much padding there is. Masked tokens are the baseline's. Zeiler and Fergus, 2013,
    https://arxiv.org/abs/1311.2901, section 4.2.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Any) -> list[Any]:
        """What the score loses without each window."""
        from keras import ops

        window, values, baseline = self.settings.window, forward.values, forward.baseline()
        places = ops.arange(ops.shape(values[0])[1])
        starts = ops.arange(1 - window, ops.shape(values[0])[1])

        def covered(start: Any) -> Any:
            return ops.cast(ops.logical_and(places >= start, places < start + window), "float32")

        def drop(start: Any) -> list[Any]:
            mask = 1.0 - covered(start)[None, :]
            left = [
                value * expand_mask(mask, value) + baseline_value * expand_mask(1.0 - mask, value)
                for value, baseline_value in zip(values, baseline, strict=True)
            ]
            return [sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, left))]

        (drops,) = forward.backend.map_each(drop, starts, outputs=1)
        covers = ops.cast(
            ops.logical_and(places[None, :] >= starts[:, None], places[None, :] < starts[:, None] + window), "float32"
        )
        scores = ops.einsum("wrb,wt->rbt", drops, covers) / window
        # One map is enough where a model embeds its tokens twice: both are masked together.
        return [scores, *(ops.zeros_like(scores) for _ in values[1:])]
