from __future__ import annotations

import numpy as np

from camlode.pipeline.attribution.padding import Padding

SIZES = np.array([2, 1])


def test_padding_behind() -> None:
    padding = Padding(9, before=False)
    mask = padding.mask(SIZES, 3)
    assert mask.tolist() == [[True, True, False], [True, False, False]]
    assert padding.pad(np.array([1, 2, 3], np.int32), mask).tolist() == [[1, 2, 9], [3, 9, 9]]


def test_padding_before() -> None:
    padding = Padding(0, before=True)
    mask = padding.mask(SIZES, 3)
    assert mask.tolist() == [[False, True, True], [False, False, True]]
    assert padding.pad(np.array([1, 2, 3], np.int32), mask).tolist() == [[0, 1, 2], [0, 0, 3]]
