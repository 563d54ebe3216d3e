from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pipeline.fragments.texts import find_text_units

if TYPE_CHECKING:
    from collections.abc import Sequence


def marks(*texts: str, tokens: Sequence[tuple[int, int]] = ()) -> list[str]:
    joined, units = find_text_units(texts, tokens=tokens, unit="char")
    return [*joined.slices(units.punctuation.segments.core_starts, units.punctuation.segments.core_ends).to_pylist()]


def spans(*texts: str, tokens: Sequence[tuple[int, int]] = ()) -> list[tuple[str, int, int]]:
    """The text, the parts and the units of each span that is more than one mark, in order."""
    joined, (*_, found) = find_text_units(texts, tokens=tokens, unit="char")
    starts, ends = found.segments.core_starts[found.first_marks], found.segments.core_ends[found.last_marks]
    rows = zip(joined.slices(starts, ends).to_pylist(), found.parts.tolist(), found.sizes.tolist(), strict=True)
    more = found.first_marks != found.last_marks
    return [row for row, several in zip(rows, more.tolist(), strict=True) if several]


def enclosed(*texts: str, tokens: Sequence[tuple[int, int]] = ()) -> list[str]:
    return [text for text, _, size in spans(*texts, tokens=tokens) if size]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("手机 ok \n\u200b", []),
        ("？甲 ,\t乙。", ["？", ",", "。"]),
        ("甲...", [".", ".", "."]),
        ("$5 + 3", []),
        ("😀!", ["!"]),
        ("‼️甲⁉️", ["‼️", "⁉️"]),
        ("\ufe0f!", ["!"]),
        ("a\u200d(\u200db", ["(\u200d"]),
    ],
)
def test_punctuation_with_what_extends_it(text: str, expected: list[str]) -> None:
    assert marks(text) == expected


def test_an_apostrophe_within_a_word_is_not_a_mark() -> None:
    joined, units = find_text_units(["don't 'go'"], unit="word")
    assert joined.slices(units.punctuation.segments.core_starts, units.punctuation.segments.core_ends).to_pylist() == [
        "'",
        "'",
    ]


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        ("甲...", [(1, 4)], ["..."]),
        ("a (b) c", [(2, 5)], []),
        ("a ( b", [(1, 4)], ["("]),
        ("(\u0301a", [(1, 3)], ["("]),
        ("a(\u0301", [(0, 2)], []),
    ],
)
def test_a_token_stays_whole_and_is_no_mark_if_it_holds_a_word(
    text: str, tokens: list[tuple[int, int]], expected: list[str]
) -> None:
    assert marks(text, tokens=tokens) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲?乙!", []),
        ("甲?!", [("?!", 2, 0)]),
        ("甲? !", []),
        ("???", [("???", 3, 0)]),
        ("甲：“乙", [("：“", 2, 0)]),
        ("——甲……", [("——", 2, 0), ("……", 2, 0)]),
    ],
)
def test_marks_that_touch(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert spans(text) == expected


def test_marks_of_two_texts_do_not_touch() -> None:
    assert spans("甲?", "!乙") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(图)", ["(图)"]),
        ("看（图），好", ["（图）"]),
        ("《甲乙》“丙”「丁」【戊】‘己’", ["《甲乙》", "“丙”", "「丁」", "【戊】", "‘己’"]),
        ("[a]{b}«c»‹d›", ["[a]", "{b}", "«c»", "‹d›"]),
        ('"甲"乙"丙"', ['"甲"', '"丙"']),
        ("'a' ＂b＂", ["'a'", "＂b＂"]),
        ("(甲，乙 丙)", ["(甲，乙 丙)"]),
        ("(😀)", ["(😀)"]),
        # Not directly around it.
        ("( 甲)", []),
        ("(甲 )", []),
        ("(甲。)", []),
        ("()", []),
        ("(\u200b甲)", []),
        # Not the two of a pair.
        ("(甲", []),
        ("甲)", []),
        (")甲(", []),
        ("(甲]", []),
        ("（甲)", []),
        ("(甲)乙(丙)", ["(甲)", "(丙)"]),
        ("((甲)", ["(甲)"]),
        ("(甲))", ["(甲)"]),
        (")(甲)", ["(甲)"]),
        ("(甲)(", ["(甲)"]),
        ('"甲" "', ['"甲"']),
        # Brackets in brackets: each pair with units at its inner sides.
        ("((甲))", ["(甲)"]),
        ("(甲(乙)丙)", ["(甲(乙)丙)", "(乙)"]),
        ("《甲(乙)》", ["(乙)"]),
        ("(甲[乙)丙]", ["(甲[乙)", "[乙)丙]"]),
    ],
)
def test_brackets_and_quotes_directly_around_units(text: str, expected: list[str]) -> None:
    assert enclosed(text) == expected


def test_brackets_count_units_and_parts() -> None:
    assert [row for row in spans("(甲)《乙 丙，丁》") if row[2]] == [("(甲)", 3, 1), ("《乙 丙，丁》", 5, 3)]


def test_units_in_brackets_may_be_whole_words() -> None:
    joined, units = find_text_units(["(手机天气)"], unit="word")
    assert units.punctuation.sizes.tolist() == [0, 2, 0]
    assert joined.slices(units.core_starts, units.core_ends).to_pylist() == ["手机", "天气"]


@pytest.mark.parametrize("texts", [["(", "甲)"], ["(甲", ")"], ['"甲', '"'], ["(", "甲", ")"], ["x(", "(甲)"]])
def test_a_bracket_of_another_text_closes_nothing(texts: list[str]) -> None:
    assert enclosed(*texts) == [each for text in texts for each in enclosed(text)]
    assert enclosed(*texts, "(乙)")[-1:] == ["(乙)"]


@pytest.mark.parametrize(
    ("text", "tokens", "expected"),
    [
        # What the model sees as one with a word, or with another bracket, is not seen on its own.
        ("(图)", [(0, 2)], []),
        ("((图))", [(0, 2), (3, 5)], []),
        ("甲(图)", [(2, 4)], []),
        ("(手机)", [(1, 3)], ["(手机)"]),
    ],
)
def test_brackets_are_tokens_of_their_own(text: str, tokens: list[tuple[int, int]], expected: list[str]) -> None:
    assert enclosed(text, tokens=tokens) == expected
