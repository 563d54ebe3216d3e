from __future__ import annotations

import numpy as np
import pytest

from camlode.pipeline.arrays import (
    first_of_groups,
    offsets_from_sizes,
    ragged_index,
    rank_in_groups,
    row_ids,
    row_positions,
)

SIZES = np.array([2, 0, 3, 1])


def test_a_ragged_array() -> None:
    offsets = offsets_from_sizes(SIZES)
    assert offsets.tolist() == [0, 2, 2, 5, 6]
    assert row_positions(SIZES).tolist() == [0, 1, 0, 1, 2, 0]
    assert row_ids(offsets).tolist() == [0, 0, 2, 2, 2, 3]
    assert ragged_index(offsets, np.array([3, 2, 1, 2])).tolist() == [5, 2, 3, 4, 2, 3, 4]


def test_no_rows() -> None:
    none = np.array([], np.int64)
    assert offsets_from_sizes(none).tolist() == [0]
    assert [each.tolist() for each in (row_positions(none), row_ids(np.array([0])), rank_in_groups(none))] == [[]] * 3
    assert ragged_index(offsets_from_sizes(SIZES), none).tolist() == []


def test_ranks_in_groups() -> None:
    assert rank_in_groups(np.array([3, 3, 7, 8, 8, 8])).tolist() == [0, 1, 0, 0, 1, 2]


@pytest.mark.parametrize(
    ("counts", "expected"), [(1, [1, 0]), (2, [1, 3, 0, 2]), (np.array([0, 9, 0, 9, 0]), [1, 3]), (0, [])]
)
def test_the_first_of_each_group(counts: int, expected: list[int]) -> None:
    assert first_of_groups(np.array([7, 2, 7, 2, 7]), counts).tolist() == expected
