"""Shapley values by sampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from camlode.pipeline.attribution.methods.base import Method, sum_labels
from camlode.pipeline.attribution.padding import expand_mask

if TYPE_CHECKING:
    from camlode.pipeline.arrays import Tensor
    from camlode.pipeline.attribution.forward import ForwardPass


class Shapley(Method):
    """A token's mean marginal contribution over random orders in which tokens replace the baseline.

    All documents have the same `attribution.samples` orders, drawn from `attribution.seed`, so that a text's scores
    don't depend on its batch. Complete: the scores add up to y(e) − y(e′). Castro et al., 2009,
    https://doi.org/10.1016/j.cor.2008.04.004.
    """

    explains: ClassVar = "embedding"
    sign: ClassVar = "both"

    def maps(self, forward: ForwardPass, cotangents: Tensor) -> list[Tensor]:
        """Mean growth of the score as each token joins those before it in the order."""
        from keras import ops

        values, baseline = forward.values, forward.baseline()
        length = ops.shape(values[0])[1]
        # An order sorts tokens by random keys. A token's key depends only on its position in the text, so that padding,
        # before or behind, doesn't change the order of the text's own tokens.
        positions = ops.mod(ops.arange(length) - ops.argmax(forward.batch.mask, axis=1)[:, None], KEYS)
        keys = np.random.default_rng(self.settings.seed).random((self.settings.samples, KEYS), dtype=np.float32)

        def marginals(key: Tensor) -> list[Tensor]:
            rank = ops.argsort(ops.argsort(ops.take(key, positions), axis=1), axis=1)

            def score(present: Tensor) -> list[Tensor]:
                there = ops.cast(rank < present, "float32")
                mixed = [
                    value * expand_mask(there, value) + baseline_value * expand_mask(1.0 - there, value)
                    for value, baseline_value in zip(values, baseline, strict=True)
                ]
                return [sum_labels(cotangents, forward.target_at(forward.target_layers, mixed))]

            (scores,) = forward.backend.map_each(score, ops.arange(length + 1), outputs=1)
            growth = ops.transpose(scores[1:] - scores[:-1], (1, 2, 0))
            return [ops.take_along_axis(growth, ops.broadcast_to(rank, ops.shape(growth)), axis=2)]

        (samples,) = forward.backend.map_each(marginals, ops.convert_to_tensor(keys), outputs=1)
        scores = ops.mean(samples, axis=0)
        return [scores, *(ops.zeros_like(scores) for _ in values[1:])]

    def total(self, forward: ForwardPass, cotangents: Tensor) -> Tensor:
        """y(e) − y(e′)."""
        return sum_labels(cotangents, forward.target - forward.target_at(forward.target_layers, forward.baseline()))


KEYS = 8192
"""Positions with a separate key; in longer texts, positions this far apart share one."""
