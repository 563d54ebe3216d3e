from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.faithfulness.agreement import spearman


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([1, 2, 3], [10, 20, 90], 1.0),
        ([1, 2, 3], [3, 2, 1], -1.0),
        # Ranks 0 1 2 3 and 1 0 3 2: 1 − 6 · 4 / (4 · 15).
        ([1, 2, 3, 4], [2, 1, 4, 3], 0.6),
        # Ranks 0.5 0.5 2 and 0 1 2, centred: products 0.5 + 0 + 1; squares 1.5 and 2.
        ([0, 0, 5], [1, 2, 3], 1.5 / 3**0.5),
        ([1, 2, 3], [0, 0, 0], 0.0),
        ([4, 4, 4], [1, 2, 3], np.nan),
        ([7], [7], np.nan),
    ],
)
def test_one_pair(make_pairs: Any, before: list[float], after: list[float], expected: float) -> None:
    found = spearman(np.array(before, float), np.array(after, float), make_pairs((0, 0, len(before))))
    assert found.tolist() == pytest.approx([expected], nan_ok=True)


def test_pairs_are_ranked_by_themselves(make_pairs: Any) -> None:
    before, after = np.array([1.0, 2.0, 2.0, 1.0, 9.0]), np.array([5.0, 6.0, 6.0, 6.5, 0.0])
    found = spearman(before, after, make_pairs((0, 0, 2), (1, 0, 2), (2, 0, 1)))
    assert found.tolist() == pytest.approx([1.0, -1.0, np.nan], nan_ok=True)
