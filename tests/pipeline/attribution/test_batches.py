from __future__ import annotations

import numpy as np

from pipeline.attribution.batches import Padding

SIZES = np.array([2, 1])


def test_padding_behind() -> None:
    padding = Padding(9, before=False)
    real = padding.real(SIZES, 3)
    assert real.tolist() == [[True, True, False], [True, False, False]]
    assert padding.padded(np.array([1, 2, 3], np.int32), real).tolist() == [[1, 2, 9], [3, 9, 9]]


def test_padding_before() -> None:
    padding = Padding(0, before=True)
    real = padding.real(SIZES, 3)
    assert real.tolist() == [[False, True, True], [False, False, True]]
    assert padding.padded(np.array([1, 2, 3], np.int32), real).tolist() == [[0, 1, 2], [0, 0, 3]]
