from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.pipeline.faithfulness.plausibility import mark_tokens, plausibility
from camlode.pipeline.records import Tokens


def test_a_token_is_marked_by_a_single_character_of_a_span() -> None:
    # "good food" and "bad": tokens 0-4, 5-9 and 0-3.
    tokens = Tokens(
        np.zeros(3, np.int32),
        np.array([0, 5, 0], np.int32),
        np.array([4, 9, 3], np.int32),
        np.array([0, 2, 3]),
        np.zeros(2, np.bool_),
    )
    lengths = np.array([9, 3])
    assert mark_tokens(tokens, lengths, [((3, 5),), ((0, 3), (1, 2))]).tolist() == [True, False, True]
    assert mark_tokens(tokens, lengths, [((4, 5), (8, 9)), None]).tolist() == [False, True, False]


def test_average_precision_and_f1_by_hand(make_pairs: Any) -> None:
    # Order of the tokens 0 1 2 3: ranks 1 0 2 3. Marked: 0 and 3, so hits stand at ranks 1 and 3.
    found = plausibility(
        np.array([True, False, False, True]),
        np.array([0, 4]),
        make_pairs((0, 0, 4)),
        np.array([1, 0, 2, 3]),
        np.array([True]),
    )
    assert found.auprc.tolist() == pytest.approx([(1 / 2 + 2 / 4) / 2])
    assert found.token_f1.tolist() == [1 / 2]


def test_each_pair_is_by_itself_and_some_do_not_count(make_pairs: Any) -> None:
    # Document 0 has its second token marked, document 1 none; the last pair is left out by its label.
    found = plausibility(
        np.array([False, True, False]),
        np.array([0, 2, 3]),
        make_pairs((0, 0, 2), (0, 1, 2), (1, 0, 1), (0, 2, 2)),
        np.array([0, 1, 1, 0, 0, 0, 1]),
        np.array([True, True, True, False]),
    )
    assert found.auprc.tolist() == pytest.approx([0.5, 1.0, np.nan, np.nan], nan_ok=True)
    assert found.token_f1.tolist() == pytest.approx([0.0, 1.0, np.nan, np.nan], nan_ok=True)
