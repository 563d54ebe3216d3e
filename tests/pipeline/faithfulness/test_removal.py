from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.faithfulness import removal
from camlode.pipeline.faithfulness.removal import TextVariants, leave_one_out_mask, predict_variants
from camlode.pipeline.records import Tokens

KEEP = np.array([True, False, True, False, False, True])


def token_rows(tokens: Tokens) -> list[list[int]]:
    return [row.tolist() for row in np.split(tokens.ids, tokens.offsets[1:-1])]


@pytest.mark.parametrize(
    ("fill", "expected"),
    [(None, [[7, 9], [], [4]]), (1, [[7, 1, 9], [1], [1, 4]]), (0, [[7, 0, 9], [0], [0, 4]])],
    ids=["deleted", "unknown", "padding"],
)
def test_a_token_is_taken_out_or_replaced(make_texts: Any, fill: int | None, expected: list[list[int]]) -> None:
    texts = make_texts([7, 8, 9], [3, 4], [5], fill=fill)
    made, strings = texts.variants(np.array([0, 2, 1]), KEEP)
    assert token_rows(made) == expected
    assert strings is None


def words(text: str, *spans: tuple[int, int]) -> TextVariants:
    starts, ends = np.array(spans, np.int32).T
    count = len(spans)
    return TextVariants(
        Tokens(np.arange(count, dtype=np.int32), starts, ends, np.array([0, count]), np.zeros(1, np.bool_)), [text]
    )


@pytest.mark.parametrize(
    ("keep", "expected"),
    [
        ([True, True, True], "很 好 😀b"),
        ([True, False, True], "很  😀b"),
        ([False, False, True], "  😀b"),
        ([False] * 3, "  "),
    ],
)
def test_a_token_is_cut_out_of_the_text_and_the_unread_tail_with_it(keep: list[bool], expected: str) -> None:
    texts = words("很 好 😀b unread", (0, 1), (2, 3), (4, 6))
    made, strings = texts.variants(np.array([0]), np.array(keep))
    assert strings == [expected]
    assert made.offsets.tolist() == [0, sum(keep)]


def test_each_variant_of_a_text_is_cut_by_itself() -> None:
    texts = words("ab cd", (0, 2), (3, 5))
    assert texts.variants(np.array([0, 0]), np.array([True, False, False, True]))[1] == ["ab ", " cd"]


def test_all_variants_are_asked_for_at_once(model: Any, make_texts: Any) -> None:
    said = predict_variants(
        model, make_texts([1, 2], [3]), np.array([0, 0, 1]), lambda _: np.array([True, False, False, True, True])
    )
    assert model.asked == [[[1], [2], [3]]]
    assert said[:, 0].tolist() == pytest.approx([0.01, 0.02, 0.03])


def test_many_variants_are_made_some_at_a_time(model: Any, make_texts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "_TOKENS_PER_CHUNK", 4)
    documents, places = np.array([0, 0, 1, 0]), np.array([0, 1, 0, 1])
    sizes = np.array([2, 1])
    said = predict_variants(
        model, make_texts([1, 2], [3]), documents, lambda rows: leave_one_out_mask(sizes[documents[rows]], places[rows])
    )
    assert len(model.asked) == 2
    assert said[:, 0].tolist() == pytest.approx([0.02, 0.01, 0.0, 0.01])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=6), min_size=1, max_size=5))
def test_what_is_kept_keeps_its_order(rows: list[list[tuple[int, bool]]]) -> None:
    flat = [each for row in rows for each in row]
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = np.array([each for each, _ in flat], np.int32)
    texts = TextVariants(Tokens(ids, ids, ids, offsets, np.zeros(len(rows), np.bool_)))
    made, _ = texts.variants(np.arange(len(rows)), np.array([kept for _, kept in flat], np.bool_))
    assert token_rows(made) == [[each for each, kept in row if kept] for row in rows]
