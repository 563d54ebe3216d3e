"""Array types, and operations on ragged arrays, which keep rows of different lengths one after another.

The rows of a ragged array meet at `offsets`, integers [rows + 1]: row r is `flat[offsets[r] : offsets[r + 1]]`.
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


def ragged_index(offsets: IntArray, rows: IntArray) -> IntArray:
    """Indices of the elements of `rows`, row after row, in a flat array whose rows meet at `offsets`."""
    sizes = np.diff(offsets)[rows]
    return np.repeat(offsets[:-1][rows], sizes) + row_positions(sizes)


def row_positions(sizes: IntArray) -> IntArray:
    """Position of each element in its own row: 0, 1, 2 … for each of `sizes`, flat."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def offsets_from_sizes(sizes: IntArray) -> IntArray:
    """Offsets [rows + 1] of rows with these sizes [rows]."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def row_ids(offsets: IntArray) -> IntArray:
    """Row of each element."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
