"""Padding: where it stands, and the masks of tokens and positions that exclude it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import BoolArray, Int32Array, IntArray, Tensor


class Padding(NamedTuple):
    """Padding of short texts: its id, and whether it stands before or behind the text."""

    id: int
    before: bool

    def mask(self, sizes: IntArray, length: int) -> BoolArray:
        """Mask [documents, length], true where a position holds a token of a document with `sizes` tokens."""
        positions = np.arange(length)
        return positions >= length - sizes[:, None] if self.before else positions < sizes[:, None]

    def pad(self, ids: Int32Array, mask: BoolArray) -> Int32Array:
        """The flat `ids` of several documents where `mask` is true, and the padding's id elsewhere."""
        batch = np.full(mask.shape, self.id, dtype=np.int32)
        batch[mask] = ids
        return batch


def position_masks(mask: Tensor, receptive_fields: Sequence[Tensor]) -> list[Tensor]:
    """[documents, positions] of each target layer: 1 where the receptive field has a token that isn't padding.

    `mask` [documents, tokens] and each of `receptive_fields` [positions, tokens] are floats.
    """
    from keras import ops

    token_counts = [ops.matmul(mask, ops.transpose(receptive_field)) for receptive_field in receptive_fields]
    return [ops.cast(count > 0, "float32") for count in token_counts]


def expand_mask(mask: Tensor, value: Tensor) -> Tensor:
    """`mask` [documents, positions] with the number of axes and the type of `value` [documents, positions, …]."""
    from keras import ops

    for _ in range(len(value.shape) - 2):
        mask = ops.expand_dims(mask, -1)
    return ops.cast(mask, value.dtype)
