"""Array types, and operations on ragged arrays and groups without a Python loop.

A ragged array keeps rows of different lengths one after another in a flat array; `offsets` [rows + 1] say where each
row starts and where the last one ends.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
Float32Array: TypeAlias = NDArray[np.float32]
IntArray: TypeAlias = NDArray[np.int64]
Int32Array: TypeAlias = NDArray[np.int32]
BoolArray: TypeAlias = NDArray[np.bool_]
AnyArray: TypeAlias = NDArray[Any]
"""An array whose type is known only when it runs, such as a model's input."""
Tensor: TypeAlias = Any
"""A tensor of the backend in use: tf.Tensor or jax.Array, which share no type."""


def offsets_from_sizes(sizes: NDArray[np.integer[Any]]) -> IntArray:
    """Offsets [rows + 1] of rows with these `sizes` [rows]."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def row_positions(sizes: IntArray) -> IntArray:
    """The position of each item within its row, flat: 0, 1, 2 … for each of the rows with these `sizes`."""
    return np.arange(np.sum(sizes), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def row_ids(offsets: IntArray) -> IntArray:
    """The number of each item's row, flat."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def ragged_index(offsets: IntArray, rows: NDArray[np.integer[Any]]) -> IntArray:
    """The indices of the items of `rows`, one row after the other, in the flat array with these `offsets`."""
    sizes: IntArray = np.diff(offsets)[rows]
    return np.repeat(offsets[:-1][rows], sizes) + row_positions(sizes)


def rank_in_groups(groups: NDArray[np.integer[Any]]) -> IntArray:
    """The rank of each item among those of the same group, from 0; `groups` [items] must be sorted."""
    # The first index of a value in a sorted array is where its group starts.
    return np.arange(len(groups)) - np.searchsorted(groups, groups)


def first_of_groups(groups: IntArray, counts: int | IntArray) -> IntArray:
    """The indices of the first items of each group, sorted by group and then by position.

    `groups` [items] need not be sorted; `counts`, a number or [items], is how many items of its group to keep at most.
    """
    order: IntArray = np.argsort(groups, kind="stable")
    return order[rank_in_groups(groups[order]) < np.broadcast_to(counts, len(order))[order]]
