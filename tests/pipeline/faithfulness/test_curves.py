from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.faithfulness.removal import curve_counts, measure_fidelity, top_counts


@pytest.mark.parametrize(
    ("size", "expected"),
    [(1, [1, 1, 1, 1, 1]), (4, [1, 1, 1, 1, 2]), (30, [1, 2, 3, 6, 15]), (230, [3, 12, 23, 46, 115])],
)
def test_the_top_is_a_count_rounded_up(size: int, expected: list[int]) -> None:
    assert top_counts(np.array([size])).tolist() == [expected]


def test_the_grid_runs_from_none_to_all() -> None:
    assert curve_counts(np.array([2, 20])).tolist() == [
        [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2],
        [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20],
    ]


def test_the_best_ranking_of_four_tokens_by_hand(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Ids 10, 40, 20, 30 in hundredths; best first: 40, 30, 20, 10. Tops: 1, 1, 1, 1, 2 tokens.
    found = measure_fidelity(model, make_texts([10, 40, 20, 30]), make_pairs((0, 0, 4)), np.array([3, 0, 2, 1]))
    # Without the top: 4 times 1 − 0.6, once 1 − 0.3; the top alone: 4 times 1 − 0.4, once 1 − 0.7.
    assert found.comprehensiveness.tolist() == pytest.approx([(4 * 0.4 + 0.7) / 5])
    assert found.sufficiency.tolist() == pytest.approx([(4 * 0.6 + 0.3) / 5])
    # Deletion: 1, 0.6, 0.3, 0.1, 0; insertion: 0, 0.4, 0.7, 0.9, 1; trapezoids a quarter wide.
    assert found.deletion.tolist() == pytest.approx([(0.5 + 0.6 + 0.3 + 0.1) / 4])
    assert found.insertion.tolist() == pytest.approx([(0.4 + 0.7 + 0.9 + 0.5) / 4])


def test_the_worst_ranking_deletes_late_and_inserts_late(model: Any, make_texts: Any, make_pairs: Any) -> None:
    found = measure_fidelity(model, make_texts([10, 40, 20, 30]), make_pairs((0, 0, 4)), np.array([0, 3, 1, 2]))
    # Worst first: 10, 20, 30, 40.
    assert found.comprehensiveness.tolist() == pytest.approx([(4 * 0.1 + 0.3) / 5])
    assert found.deletion.tolist() == pytest.approx([(0.5 + 0.9 + 0.7 + 0.4) / 4])


def test_each_label_of_a_document_has_its_own_ranking(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Label 1 is 1 − 0.3 of the whole; without 10 it is 0.8, without 20 it is 0.9.
    pairs = make_pairs((0, 1, 1), (1, 0, 2), (1, 1, 2))
    found = measure_fidelity(model, make_texts([50], [10, 20]), pairs, np.array([0, 1, 0, 0, 1]))
    assert found.comprehensiveness.tolist() == pytest.approx([0.5 - 1.0, 0.2, 0.7 - 0.8])
    assert found.sufficiency.tolist() == pytest.approx([0.0, 0.3 - 0.2, 0.7 - 0.9])


def test_everything_goes_to_the_model_at_once_and_no_count_twice(model: Any, make_texts: Any, make_pairs: Any) -> None:
    measure_fidelity(model, make_texts([10, 40]), make_pairs((0, 0, 2)), np.array([1, 0]))
    assert model.asked == [[[10, 40], [10], [], [], [40], [10, 40]]]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_what_is_removed_is_exactly_the_top(data: Any) -> None:
    from camlode.pipeline.faithfulness.agreement import Pairs
    from camlode.pipeline.faithfulness.removal import TextVariants, _probabilities
    from camlode.pipeline.records import Tokens

    ids = np.array(data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=8)), np.int32)
    ranks = np.array(data.draw(st.permutations(range(len(ids)))))
    count = data.draw(st.integers(0, len(ids)))
    offsets = np.array([0, len(ids)])
    seen: list[list[int]] = []

    class Model:
        def probabilities(self, tokens: Tokens, texts: object = None) -> np.ndarray:  # noqa: ARG002
            seen.extend(row.tolist() for row in np.split(tokens.ids, tokens.offsets[1:-1]))
            return np.zeros((len(tokens.offsets) - 1, 1), np.float32)

    pairs = Pairs(np.zeros(1, np.int64), np.zeros(1, np.int64), offsets)
    _probabilities(
        Model(), TextVariants(Tokens(ids, ids, ids, offsets, np.zeros(1, np.bool_))), pairs, ranks, np.array([[count]])
    )
    top = set(np.argsort(ranks)[:count].tolist())
    assert seen[0] == [each for place, each in enumerate(ids.tolist()) if place not in top]
    assert seen[1] == [each for place, each in enumerate(ids.tolist()) if place in top]
