"""Rows of different lengths, one after the other in a flat array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def ragged_index(offsets: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where the elements of `rows`, in that order, lie in a flat array whose rows meet at `offsets` [rows + 1]."""
    sizes = np.diff(offsets)[rows]
    return np.repeat(offsets[:-1][rows], sizes) + row_positions(sizes)


def row_positions(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0, 1, 2 … within each row of `sizes`, flat."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def offsets_from_sizes(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where rows of `sizes` meet: one number more than there are rows."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def row_ids(offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The row of each element."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
