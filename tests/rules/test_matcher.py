from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.rules.matcher import Matcher, Occurrences

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = tuple[int, int, int, int]


def rows(found: Occurrences) -> list[Row]:
    return list(zip(*(column.tolist() for column in found), strict=True))


def find(fragments: Sequence[str], text: str, *, longest: bool = False, **options: Any) -> list[tuple[int, int, int]]:
    """Fragment, start and end of each occurrence in one text."""
    return [row[1:] for row in rows(Matcher(fragments, **options).find_occurrences([text], longest=longest))]


def test_every_occurrence_by_text_start_and_end() -> None:
    found = Matcher(["机", "手机", "手", "苹果"]).find_occurrences(["", "苹果手机", "机机", "x"])
    assert rows(found) == [(1, 3, 0, 2), (1, 2, 2, 3), (1, 1, 2, 4), (1, 0, 3, 4), (2, 0, 0, 1), (2, 0, 1, 2)]


def test_offsets_are_characters_of_the_original_text() -> None:
    assert find(["Größe", "图"], "😀İ GRÖßE 图") == [(0, 3, 8), (1, 9, 10)]


def test_a_fragment_overlaps_itself() -> None:
    assert find(["哈哈"], "哈哈哈") == [(0, 0, 2), (0, 1, 3)]


@pytest.mark.parametrize(
    ("fragment", "text", "folded"),
    [
        ("the", "THE", True),
        ("ΣΟΦΟΣ", "σοφος", True),
        ("ς", "Σ", True),
        ("ß", "SS", False),
        ("i", "İ", False),
        ("ａ", "a", False),
        ("é", "e\N{COMBINING ACUTE ACCENT}", False),
    ],
)
def test_case_is_folded_character_by_character_and_nothing_else(fragment: str, text: str, folded: bool) -> None:
    assert bool(find([fragment], text)) is folded


def test_case_counts_where_it_is_not_folded() -> None:
    assert find(["The", "the"], "the The", fold=False) == [(1, 0, 3), (0, 4, 7)]


def test_equal_fragments_are_all_answered() -> None:
    assert find(["The", "x", "the", "The"], "tHe x") == [(0, 0, 3), (2, 0, 3), (3, 0, 3), (1, 4, 5)]


@pytest.mark.parametrize(
    ("fragment", "text", "whole"),
    [
        ("art", "party", False),
        ("art", "arts", False),
        ("art", "start", False),
        ("art", "art's (art)", True),
        ("мир", "мира", False),
        ("3", "13", False),
        ("G", "3G", False),
        ("3G", "用3G手机", True),
        ("手机", "苹果手机店", True),
        ("かな", "ひらかなで", True),
        ("ไทย", "ภาษาไทยดี", True),
        (" art", "the art", True),
        ("art ", "art nouveau", True),
        ("-", "a-b", True),
        ("?", "what?", True),
        ("?!", "什么?!", True),
        ("(图)", "看(图)吧", True),
        ("（图）", "（图）", True),
        ("(b)", "a(b)c", True),
        ("“a", "“ab”", False),
        ("cafe", "cafe\N{COMBINING ACUTE ACCENT}", False),
        ("कि", "कित", False),
        ("हिन्दी", "हिन्दी है", True),
    ],
)
def test_an_occurrence_cuts_no_word(fragment: str, text: str, whole: bool) -> None:
    assert bool(find([fragment], text)) is whole
    assert find([fragment], text, boundaries=False)


def test_words_end_with_their_text() -> None:
    found = Matcher(["art", "\0", "\n"]).find_occurrences(["art", "art", "\N{COMBINING ACUTE ACCENT}"])
    assert rows(found) == [(0, 0, 0, 3), (1, 0, 0, 3)]


@pytest.mark.parametrize("used", [[], ["\0"], ["\0", "\n"], [chr(code) for code in range(100)]])
def test_nothing_is_found_across_texts_whatever_characters_fragments_hold(used: list[str]) -> None:
    matcher = Matcher(["手机", *(f"手{char}机" for char in used)])
    found = matcher.find_occurrences(["手", "机", *(f"手{char}" for char in used), "机", "手机"])
    assert rows(found) == [(len(used) + 3, 0, 0, 2)]


def test_the_longest_from_the_left() -> None:
    fragments = ["手", "手机", "机店", "店", "机"]
    assert find(fragments, "手机店机店", longest=True) == [(1, 0, 2), (3, 2, 3), (2, 3, 5)]


def test_what_cuts_a_word_hides_nothing_that_does_not() -> None:
    assert find(["new yo", "new"], "new york", longest=True) == [(1, 0, 3)]


def test_the_longest_are_found_for_each_text_separately() -> None:
    found = Matcher(["图图", "图", "图"]).find_occurrences(["图图图", "图"], longest=True)
    assert rows(found) == [(0, 0, 0, 2), (0, 1, 2, 3), (0, 2, 2, 3), (1, 1, 0, 1), (1, 2, 0, 1)]


def test_half_a_surrogate_pair_is_no_error() -> None:
    assert find(["b", "\ud83d"], "a \ud83d b \ufffd") == [(1, 2, 3), (0, 4, 5), (1, 6, 7)]


@pytest.mark.parametrize(("fragments", "texts"), [([], ["a"]), (["a"], []), (["a"], ["", ""])])
def test_nothing_to_find(fragments: list[str], texts: list[str]) -> None:
    found = Matcher(fragments).find_occurrences(texts)
    assert [(column.dtype.name, column.shape) for column in found] == [("int64", (0,))] * 4


def test_an_empty_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="fragment 1 is empty"):
        Matcher(["a", ""])


@pytest.mark.parametrize("options", [{}, {"fold": False}, {"boundaries": False}])
def test_it_is_the_same_in_another_process(options: dict[str, bool]) -> None:
    matcher = Matcher(["a", "A", "b"], **options)
    texts = ["a ab A"]
    assert rows(pickle.loads(pickle.dumps(matcher)).find_occurrences(texts)) == rows(matcher.find_occurrences(texts))


def test_many_texts_are_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["手机", "机" * 50, "", "手机机", "机"]
    matcher = Matcher(["机", "手机"])
    whole = rows(matcher.find_occurrences(texts))
    monkeypatch.setattr("camlode.rules.matcher._CHARACTERS_PER_CHUNK", 3)
    assert rows(matcher.find_occurrences(texts)) == whole
    assert len(whole) == 56


def folded(char: str) -> str:
    return char.casefold() if len(char.casefold()) == 1 else char


def naive(fragments: Sequence[str], text: str, number: int = 0, *, boundaries: bool = False) -> list[Row]:
    def cut(place: int) -> bool:
        return boundaries and 0 < place < len(text) and all(char in "aAbßé" for char in text[place - 1 : place + 1])

    normal = [folded(char) for char in text]
    return [
        (number, which, start, start + len(fragment))
        for start in range(len(text))
        for which, fragment in sorted(enumerate(fragments), key=lambda pair: (len(pair[1]), pair[0]))
        if normal[start : start + len(fragment)] == [folded(char) for char in fragment]
        and not cut(start)
        and not cut(start + len(fragment))
    ]


def naive_longest(found: list[Row]) -> list[Row]:
    kept: list[Row] = []
    for row in sorted(found, key=lambda row: (row[2], -row[3], row[1])):
        if not kept or row[2] >= kept[-1][3] or row[2:] == kept[-1][2:]:
            kept.append(row)
    return kept


STRINGS = st.text(alphabet="aAbßé图手 \0\n😀", max_size=8)


@given(
    st.lists(st.text(alphabet="aAbßé图手 \0\n😀", min_size=1, max_size=3), max_size=8),
    st.lists(STRINGS, max_size=5),
    st.booleans(),
    st.booleans(),
)
def test_it_finds_what_a_naive_search_finds(
    fragments: list[str], texts: list[str], boundaries: bool, longest: bool
) -> None:
    found = Matcher(fragments, boundaries=boundaries).find_occurrences(texts, longest=longest)
    expected = [naive(fragments, text, number, boundaries=boundaries) for number, text in enumerate(texts)]
    if longest:
        expected = [naive_longest(rows) for rows in expected]
    assert rows(found) == [row for rows in expected for row in rows]


def test_it_loads_nothing_heavy() -> None:
    heavy = "{'ray', 'tensorflow', 'keras', 'pandas', 'pyarrow', 'sqlalchemy', 'pydantic'}"
    code = f"import camlode.rules.matcher, sys; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    answer = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
