"""Which passage of a long text comes first; each character is a token unless a test says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.explanations.highlight import LONG_TEXT, PASSAGE_LENGTH, find_passage
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Mapping


def label(length: int, importances: Mapping[int, float], size: int = 1) -> Any:
    tokens = [
        TokenImportance("x", at, min(at + size, length), importances.get(at, 0.0)) for at in range(0, length, size)
    ]
    return LabelExplanation("l", 0.5, tuple(tokens), ())


def test_a_short_text_is_shown_whole() -> None:
    assert find_passage("x" * LONG_TEXT, label(LONG_TEXT, {3: 1.0})) is None


@pytest.mark.parametrize("importances", [{}, {3: 0.0}])
def test_so_is_one_of_which_nothing_is_important(importances: dict[int, float]) -> None:
    assert find_passage("x" * 1000, label(1000, importances)) is None


def test_an_empty_text() -> None:
    assert find_passage("", LabelExplanation("l", 0.5, (), ())) is None


def test_as_much_stands_before_the_important_as_behind_it() -> None:
    # From 500 to 510: 230 more fit, 115 before and 115 behind.
    assert find_passage("x" * 1000, label(1000, {500: 1.0, 509: 1.0})) == (385, 625)


@pytest.mark.parametrize(("at", "expected"), [(2, (0, PASSAGE_LENGTH)), (997, (1000 - PASSAGE_LENGTH, 1000))])
def test_at_an_end_of_the_text_the_room_is_used_on_the_other_side(at: int, expected: tuple[int, int]) -> None:
    assert find_passage("x" * 1000, label(1000, {at: 1.0})) == expected


def test_what_weighs_most_together_comes_before_what_weighs_most_alone() -> None:
    # 2 + 2 within 240 characters against 3 alone; [600, 701) has 139 more, 69 of them before.
    assert find_passage("x" * 1000, label(1000, {100: 3.0, 600: 2.0, 700: 2.0})) == (531, 771)


def test_of_passages_that_weigh_the_same_the_first_is_taken() -> None:
    # [200, 201): 239 more, 119 before.
    assert find_passage("x" * 2000, label(2000, {200: 1.0, 1500: 1.0})) == (81, 321)


def test_what_speaks_against_counts_where_nothing_speaks_for() -> None:
    assert find_passage("x" * 1000, label(1000, {100: -9.0, 500: 1.0})) == (381, 621)
    assert find_passage("x" * 1000, label(1000, {100: -9.0, 500: -1.0})) == (0, PASSAGE_LENGTH)


def test_it_is_cut_between_tokens() -> None:
    # Tokens of 50 characters: [500, 550) has 190 more, from 405 to 645; whole tokens are those from 450 to 600.
    assert find_passage("x" * 1000, label(1000, {500: 1.0}, size=50)) == (450, 600)


def test_a_token_longer_than_a_passage_is_shown_whole() -> None:
    assert find_passage("x" * 900, label(900, {300: 1.0}, size=300)) == (300, 600)


def test_tokens_in_any_order_and_empty_ones() -> None:
    tokens = (TokenImportance("b", 700, 701, 2.0), TokenImportance("", 0, 0, 9.0), TokenImportance("a", 10, 11, 1.0))
    assert find_passage("x" * 1000, LabelExplanation("l", 0.5, tokens, ())) == (700, 701)
