from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.attribution.batch_explainer import EMPTY_IMPORTANCES
from camlode.pipeline.faithfulness.agreement import Pairs, intersect_pairs, rank_tokens, spearman

if TYPE_CHECKING:
    from camlode.pipeline.records import Importances


def importances(*rows: tuple[int, int, list[int]]) -> Importances:
    """Rows of (document, label, values in logits)."""
    return replace(
        EMPTY_IMPORTANCES,
        documents=np.array([row[0] for row in rows], np.int32),
        labels=np.array([row[1] for row in rows], np.int32),
        values=np.array([value * 2**20 for row in rows for value in row[2]], np.int64),
        offsets=np.concatenate([[0], np.cumsum([len(row[2]) for row in rows])]),
    )


def test_scores_of_all_methods_come_in_the_same_order() -> None:
    first = importances((0, 1, [1, 2]), (0, 0, [3, 4]), (2, 0, [5]))
    second = importances((0, 0, [30, 40]), (0, 1, [10, 20]), (2, 0, [50]))
    pairs, (one, other) = intersect_pairs([first, second])
    assert (pairs.documents.tolist(), pairs.labels.tolist(), pairs.offsets.tolist()) == (
        [0, 0, 2],
        [0, 1, 0],
        [0, 2, 4, 5],
    )
    assert one.tolist() == [3, 4, 1, 2, 5]
    assert other.tolist() == [30, 40, 10, 20, 50]


def test_a_pair_that_one_method_lacks_is_left_out() -> None:
    pairs, (one, other) = intersect_pairs([importances((0, 0, [1]), (1, 0, [2])), importances((1, 0, [7]))])
    assert (pairs.documents.tolist(), one.tolist(), other.tolist()) == ([1], [2], [7])


def test_the_highest_score_is_first_and_ties_part_equal_ones(make_pairs: Any) -> None:
    values = np.array([1.0, 3.0, -2.0, 3.0, 0.0, 5.0])
    ties = np.array([0.0, 0.9, 0.0, 0.1, 0.5, 0.5])
    assert rank_tokens(values, make_pairs((0, 0, 4), (1, 0, 2)), ties).tolist() == [2, 1, 3, 0, 1, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=6), min_size=1, max_size=5), st.integers(0, 99))
def test_ranks_are_a_permutation_that_never_rises(rows: list[list[int]], seed: int) -> None:
    sizes = [len(row) for row in rows]
    numbers = np.arange(len(rows))
    pairs = Pairs(numbers, numbers * 0, np.concatenate([[0], np.cumsum(sizes)]))
    ties = np.random.default_rng(seed).random(sum(sizes))
    ranks = np.split(rank_tokens(np.concatenate(rows).astype(float), pairs, ties), pairs.offsets[1:-1])
    for row, rank in zip(rows, ranks, strict=True):
        assert sorted(rank) == list(range(len(row)))
        assert [row[place] for place in np.argsort(rank)] == sorted(row, reverse=True)


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
def test_spearman_of_one_pair(make_pairs: Any, before: list[float], after: list[float], expected: float) -> None:
    found = spearman(np.array(before, float), np.array(after, float), make_pairs((0, 0, len(before))))
    assert found.tolist() == pytest.approx([expected], nan_ok=True)


def test_pairs_are_ranked_by_themselves(make_pairs: Any) -> None:
    before, after = np.array([1.0, 2.0, 2.0, 1.0, 9.0]), np.array([5.0, 6.0, 6.0, 6.5, 0.0])
    found = spearman(before, after, make_pairs((0, 0, 2), (1, 0, 2), (2, 0, 1)))
    assert found.tolist() == pytest.approx([1.0, -1.0, np.nan], nan_ok=True)
