"""Colored spans of a text, and which passage of a long one comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.display.colors import AMBER
from camlode.pipeline.explanations.highlight import (
    LONG_TEXT,
    PASSAGE_LENGTH,
    find_passage,
    highlight_spans,
    token_colors,
)
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.pipeline.display.colors import RGB


TOKENS = (TokenImportance("bad", 4, 7, -1.0), TokenImportance("so", 1, 3, 2.0), TokenImportance("ad!", 5, 8, 0.1))
LABEL = LabelExplanation("l", 0.5, TOKENS, ())


def test_a_text_is_cut_from_left_to_right_and_each_character_is_shown_once() -> None:
    found = [*highlight_spans("_so bad!_", LABEL)]
    assert [each.text for each in found] == ["_", "so", " ", "bad", "!", "_"]
    assert [each.importance for each in found] == [None, 2.0, None, -1.0, 0.1, None]
    assert [each.strength for each in found] == [0.0, 1.0, 0.0, -0.5, 0.05, 0.0]


def test_the_strongest_token_has_the_full_color_and_faint_ones_none() -> None:
    # Half of blue (100, 143, 255) on white: 255 - 155/2 = 177.5, 255 - 112/2 = 199, 255.
    assert [each.color for each in highlight_spans("_so bad!_", LABEL)] == [
        None,
        AMBER,
        None,
        (178, 199, 255),
        None,
        None,
    ]


def test_a_part_of_a_text_cuts_its_tokens() -> None:
    assert [each.text for each in highlight_spans("_so bad!_", LABEL, 2, 6)] == ["o", " ", "ba"]


def test_an_empty_text_has_no_spans() -> None:
    assert [*highlight_spans("", LabelExplanation("l", 0.5, (), ()))] == []


@pytest.mark.parametrize(
    ("importances", "colors"),
    [
        ([], []),
        ([0.0], [None]),
        # The strongest has the full color; half of (100, 143, 255) is mixed with white.
        ([2.0, -1.0], [(255, 176, 0), (178, 199, 255)]),
        ([-0.5], [(100, 143, 255)]),
        # Below 8 % of the strongest nothing is shown.
        ([100.0, 7.9, 8.0], [(255, 176, 0), None, (255, 249, 235)]),
        ([5e-324], [(255, 176, 0)]),
    ],
)
def test_a_token_has_the_color_of_its_side_by_its_strength(importances: list[float], colors: list[RGB | None]) -> None:
    tokens = tuple(TokenImportance("a", 0, 1, importance) for importance in importances)
    assert token_colors(LabelExplanation("l", 0.5, tokens, ())) == colors


def label(length: int, importances: Mapping[int, float], size: int = 1) -> Any:
    """A label whose tokens are `size` characters long."""
    tokens = [
        TokenImportance("x", at, min(at + size, length), importances.get(at, 0.0)) for at in range(0, length, size)
    ]
    return LabelExplanation("l", 0.5, tuple(tokens), ())


def test_a_short_text_is_shown_whole() -> None:
    assert find_passage("x" * LONG_TEXT, label(LONG_TEXT, {3: 1.0})) is None


@pytest.mark.parametrize("importances", [{}, {3: 0.0}])
def test_a_text_without_important_tokens_is_shown_whole(importances: dict[int, float]) -> None:
    assert find_passage("x" * 1000, label(1000, importances)) is None


def test_an_empty_text() -> None:
    assert find_passage("", LabelExplanation("l", 0.5, (), ())) is None


def test_a_passage_has_as_much_text_before_the_important_tokens_as_after_them() -> None:
    # From 500 to 510: 230 more fit, 115 before and 115 behind.
    assert find_passage("x" * 1000, label(1000, {500: 1.0, 509: 1.0})) == (385, 625)


@pytest.mark.parametrize(("at", "expected"), [(2, (0, PASSAGE_LENGTH)), (997, (1000 - PASSAGE_LENGTH, 1000))])
def test_at_an_end_of_the_text_the_passage_extends_to_the_other_side(at: int, expected: tuple[int, int]) -> None:
    assert find_passage("x" * 1000, label(1000, {at: 1.0})) == expected


def test_the_largest_sum_wins_over_the_largest_token() -> None:
    # 2 + 2 within 240 characters against 3 alone; [600, 701) has 139 more, 69 of them before.
    assert find_passage("x" * 1000, label(1000, {100: 3.0, 600: 2.0, 700: 2.0})) == (531, 771)


def test_of_equal_passages_the_first_is_taken() -> None:
    # [200, 201): 239 more, 119 before.
    assert find_passage("x" * 2000, label(2000, {200: 1.0, 1500: 1.0})) == (81, 321)


def test_tokens_against_the_label_count_if_none_is_for_it() -> None:
    assert find_passage("x" * 1000, label(1000, {100: -9.0, 500: 1.0})) == (381, 621)
    assert find_passage("x" * 1000, label(1000, {100: -9.0, 500: -1.0})) == (0, PASSAGE_LENGTH)


def test_a_passage_ends_between_tokens() -> None:
    # Tokens of 50 characters: [500, 550) has 190 more, from 405 to 645; whole tokens are those from 450 to 600.
    assert find_passage("x" * 1000, label(1000, {500: 1.0}, size=50)) == (450, 600)


def test_a_token_longer_than_a_passage_is_shown_whole() -> None:
    assert find_passage("x" * 900, label(900, {300: 1.0}, size=300)) == (300, 600)


def test_tokens_in_any_order_and_empty_ones() -> None:
    tokens = (TokenImportance("b", 700, 701, 2.0), TokenImportance("", 0, 0, 9.0), TokenImportance("a", 10, 11, 1.0))
    assert find_passage("x" * 1000, LabelExplanation("l", 0.5, tokens, ())) == (700, 701)
