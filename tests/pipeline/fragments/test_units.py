from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.fragments.texts import find_text_units

if TYPE_CHECKING:
    from collections.abc import Sequence


FAMILY = "👩\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


def trimmed(*texts: str, unit: Literal["word", "char"] = "word", tokens: Sequence[tuple[int, int]] = ()) -> list[str]:
    joined, units = find_text_units(texts, unit, tokens)
    return [*joined.slices(units.core_starts, units.core_ends).to_pylist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("，。！ \n", []),
        ("我爱北京，天气很好。", ["我", "爱", "北京", "天气", "很", "好"]),
        ("AI手机iPhone12", ["AI", "手机", "iPhone12"]),
        ("买T恤，唱卡拉OK", ["买", "T恤", "唱", "卡拉", "OK"]),
        ("don't stop: it’s 'quoted', rock 'n' roll", ["don't", "stop", "it’s", "quoted", "rock", "n", "roll"]),
        ("well-known 3.5% (yes)", ["well", "known", "3", "5", "yes"]),
        ("cafe\u0301's nai\u0308ve", ["cafe\u0301's", "nai\u0308ve"]),
        ("हिन्दी می\u200cخواهم", ["हिन्दी", "می\u200cخواهم"]),
        ("か\u3099き", ["か\u3099", "き"]),
        (f"好{FAMILY}👍🏽ok", ["好", FAMILY, "👍🏽", "ok"]),
        ("❤️abc❤️手机", ["❤️", "abc", "❤️", "手机"]),
        ("🇨🇳🇺🇸🇨", ["🇨🇳", "🇺🇸", "🇨"]),
        (f"{ENGLAND}!", [ENGLAND]),
        ("太好了‼️ ok⁉️", ["太好了", "ok"]),
        ("$5 + 3", ["$", "5", "+", "3"]),
        ("\u0301a \u0301b", ["a", "b"]),
        ("a\u200d b \u200dc", ["a\u200d", "b", "c"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert trimmed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("北京 ok", ["北", "京", "o", "k"]),
        (f"e\u0301x{FAMILY}👍🏽❤️", ["e\u0301", "x", FAMILY, "👍🏽", "❤️"]),
        ("don't", ["d", "o", "n", "t"]),
        ("🇨🇳🇺🇸", ["🇨🇳", "🇺🇸"]),
    ],
)
def test_characters(text: str, expected: list[str]) -> None:
    assert trimmed(text, unit="char") == expected


@pytest.mark.parametrize(
    ("unit", "text", "tokens", "expected"),
    [
        ("char", "在北京", [(1, 3)], ["在", "北京"]),
        ("word", "AI手机好", [(0, 4)], ["AI手机", "好"]),
        ("word", "天气很好", [(1, 3)], ["天气很", "好"]),
        ("word", "the (foo) bar", [(4, 9)], ["the", "foo", "bar"]),
        ("word", "the ... bar", [(4, 7)], ["the", "bar"]),
        ("char", "a-b c", [(0, 3)], ["a-b", "c"]),
    ],
)
def test_a_token_stays_whole(
    unit: Literal["word", "char"], text: str, tokens: list[tuple[int, int]], expected: list[str]
) -> None:
    assert trimmed(text, unit=unit, tokens=tokens) == expected


def test_a_unit_has_the_bounds_of_its_token_and_trimmed_bounds() -> None:
    _, units = find_text_units(["(foo) bar"], tokens=[(0, 5)])
    assert [column.tolist() for column in units[:5]] == [[0, 6], [5, 9], [1, 6], [4, 9], [0, 0]]


@pytest.mark.parametrize(
    "texts",
    [
        ["a'", "b"],
        ["a", "'b"],
        ["手", "机"],
        ["a", "b"],
        ["👩\u200d", "👧"],
        ["a", "\u0301"],
        ["🇨", "🇳"],
        ["", "a", "", "b", ""],
        ["a\r", "\nb"],
        ["，", "\u0301a"],
    ],
)
def test_texts_do_not_affect_each_other(texts: list[str]) -> None:
    joined, units = find_text_units(texts)
    alone = [find_text_units([text])[1] for text in texts]
    for number, column in enumerate(("starts", "ends", "core_starts", "core_ends")):
        expected = np.concatenate([units[number] + start for units, start in zip(alone, joined.bounds, strict=False)])
        assert getattr(units, column).tolist() == expected.tolist()
    assert units.texts.tolist() == [number for number, each in enumerate(alone) for _ in each.texts]


@pytest.mark.parametrize("unit", ["word", "char"])
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_units_are_in_order_and_cut_no_token(unit: Literal["word", "char"], data: st.DataObject) -> None:
    character = st.one_of(st.sampled_from("ab'’ ，手机天\u0301\u200d👩👧🏽🇨🇳\r\n0"), st.characters(codec="utf-8"))
    texts = data.draw(st.lists(st.text(character, max_size=12), max_size=4))
    tokens: list[tuple[int, int]] = []
    for start, text in zip(np.cumsum([0, *map(len, texts)]).tolist(), texts, strict=False):
        cuts = sorted({*data.draw(st.lists(st.integers(0, len(text)), max_size=5))})
        tokens += [(start + a, start + b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    joined, units = find_text_units(texts, unit, tokens)
    for start, end, first, last, text in zip(*(column.tolist() for column in units[:5]), strict=True):
        assert joined.bounds[text] <= start <= first < last <= end <= joined.bounds[text + 1]
        assert all(end <= a or b <= start or (start <= a and b <= end) for a, b in tokens)
    assert (units.ends[:-1] <= units.starts[1:]).all()
    marks = units.punctuation.segments
    both = np.sort(np.concatenate([np.stack(units[:2]), np.stack(marks[:2])], axis=1))
    assert (both[1, :-1] <= both[0, 1:]).all()
    assert (
        (marks.starts <= marks.core_starts) & (marks.core_starts < marks.core_ends) & (marks.core_ends <= marks.ends)
    ).all()
