from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.faithfulness.agreement import rank_tokens
from camlode.pipeline.faithfulness.sample import leave_one_out, position_only, random_order


def test_leave_one_out_is_the_drop_that_a_token_makes(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Document 0 has no label, so it isn't run.
    pairs = make_pairs((1, 0, 2), (1, 1, 2), (2, 0, 1))
    scores = leave_one_out(model, make_texts([99], [10, 30], [5]), pairs)
    assert scores.tolist() == pytest.approx([0.1, 0.3, -0.1, -0.3, 0.05], abs=1e-6)
    assert model.asked == [[[10, 30], [5]], [[30], [10], []]]


def test_position_ranks_the_first_token_first(make_pairs: Any) -> None:
    pairs = make_pairs((0, 0, 3), (1, 0, 1))
    assert rank_tokens(position_only(pairs), pairs, np.zeros(4)).tolist() == [0, 1, 2, 0]


def test_random_order_is_that_of_the_ties(make_pairs: Any) -> None:
    pairs = make_pairs((0, 0, 3))
    assert rank_tokens(random_order(pairs), pairs, np.array([0.5, 0.9, 0.1])).tolist() == [1, 2, 0]
