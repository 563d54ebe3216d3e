from __future__ import annotations

import unicodedata
from collections import defaultdict
from itertools import combinations_with_replacement, pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.fragments.characters import JoinedText
from camlode.pipeline.fragments.spans import choose_spans, sum_positive_importances
from camlode.pipeline.fragments.units import find_units
from camlode.pipeline.tokenizers.segment import load_segmenter
from tests.factories import make_importances

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.records import Importances

CUT = load_segmenter()


class Pair(NamedTuple):
    """A document's number and what its tokens say for one label."""

    document: int
    values: list[int]


def importances(pairs: Sequence[Pair]) -> Importances:
    return make_importances([(document, 0, values) for document, values in pairs])


def choose(
    texts: Sequence[str],
    tokens: Sequence[Sequence[tuple[int, int]]],
    pairs: Sequence[Pair],
    *,
    unit: Literal["word", "char"] = "char",
    max_units: int = 3,
    share: float = 0.4,
) -> list[tuple[int, int, int, int]]:
    """Pair, start and end in its own text, and importance of each chosen span, in order."""
    joined = JoinedText(texts)
    flat = [(start + a, start + b) for start, spans in zip(joined.bounds, tokens, strict=False) for a, b in spans]
    starts, ends = np.array(flat, dtype=np.int64).reshape(-1, 2).T
    units = find_units(joined, starts, ends, unit=unit, segment=CUT)
    bounds = np.cumsum([0, *map(len, tokens)])
    spans = choose_spans(importances(pairs), units, starts, bounds, max_units=max_units, share=share)
    shift = joined.bounds[[pairs[pair].document for pair in spans.pairs]] if len(spans.pairs) else 0
    columns = (spans.pairs, spans.starts - shift, spans.ends - shift, spans.importances)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def characters(text: str) -> list[tuple[int, int]]:
    """A token a character."""
    return [(place, place + 1) for place in range(len(text))]


def choose_in_text(text: str, values: list[int], **options: Any) -> dict[str, int]:
    """The fragments of a text whose tokens are its characters, with their importances."""
    found = choose([text], [characters(text)], [Pair(0, values)], **options)
    return {text[start:end]: value for _, start, end, value in found}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # The total is 10. 甲乙 holds 5 and 乙 brings 1 of it, less than half of an even share (1.25).
        ({"share": 0.4}, {"甲": 4, "丙": 5, "甲乙丙": 10}),
        ({"share": 0.4, "max_units": 2}, {"甲": 4, "丙": 5}),
        ({"share": 0.5}, {"丙": 5, "甲乙丙": 10}),
        ({"share": 0.51}, {"甲乙丙": 10}),
        ({"share": 1.0}, {"甲乙丙": 10}),
        ({"share": 1.0, "max_units": 2}, {}),
        ({"share": 0.01, "max_units": 1}, {"甲": 4, "乙": 1, "丙": 5}),
    ],
)
def test_share_and_size(options: dict[str, Any], expected: dict[str, int]) -> None:
    assert choose_in_text("甲乙丙丁", [4, 1, 5, 0], **options) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([30, 10], {"甲": 30, "甲乙": 40}),
        ([30, 9], {"甲": 30}),
        ([10, 30], {"乙": 30, "甲乙": 40}),
        ([9, 30], {"乙": 30}),
    ],
)
def test_a_unit_at_an_end_has_at_least_half_of_an_even_share(values: list[int], expected: dict[str, int]) -> None:
    assert choose_in_text("甲乙", values, share=0.5) == expected


def test_negative_values_count_in_a_span_but_not_in_the_total() -> None:
    assert choose_in_text("甲乙丙丁", [6, -3, 4, -1], share=0.4) == {"甲": 6, "丙": 4, "甲乙丙": 7}


def test_exactly_the_share_is_enough() -> None:
    assert choose_in_text("甲乙", [7, 93], share=0.07, max_units=1) == {"甲": 7, "乙": 93}


@pytest.mark.parametrize("values", [[0, 0], [-1, -5], [0, -1]])
def test_without_positive_importance_nothing_is_chosen(values: list[int]) -> None:
    assert choose_in_text("甲乙", values, share=0.01) == {}


def test_space_and_punctuation_count_within_a_fragment_and_are_no_end_of_it() -> None:
    found = choose_in_text(" ，甲 、乙。\n", [90, 50, 6, 1, 1, 4, 50, 90], share=0.01)
    assert found == {"，": 50, "甲": 6, "甲 、乙": 12, "乙": 4, "。": 50}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        # The total is 12, so a fragment needs 5. An even share of ( 图 ) is a third of 10, so each bracket needs 5/3.
        ("(图) ", [3, 4, 3, 2], {"(图)": 10}),
        ("（图） ", [2, 6, 2, 2], {"图": 6, "（图）": 10}),
        ("“图” ", [1, 8, 1, 2], {"图": 8}),
        ("(图) ", [5, 4, 1, 2], {"(": 5}),
        ("(图) ", [4, -1, 4, 4], {"(图)": 7}),
        # Of five parts that hold 10, each bracket needs 1; of 11 it needs 1.1.
        ("(图 片集) ", [1, 3, 0, 2, 3, 1, 2], {"图 片": 5, "片集": 5, "图 片集": 8, "(图 片集)": 10}),
        ("(图 片集) ", [1, 3, 0, 2, 4, 1, 1], {"图 片": 5, "片集": 6, "图 片集": 9}),
        ("(图片) ", [0, 5, 5, 0, 2], {"图": 5, "片": 5, "图片": 10}),
        ("(图 ) ", [4, 3, 0, 4, 1], {}),
    ],
)
def test_important_brackets_are_part_of_a_fragment(text: str, values: list[int], expected: dict[str, int]) -> None:
    assert choose_in_text(text, values, share=5 / 12) == expected


def test_brackets_count_for_no_unit() -> None:
    assert choose_in_text("(甲乙)", [2, 2, 2, 2], share=0.9, max_units=2) == {"(甲乙)": 8}
    assert choose_in_text("(甲乙)", [2, 2, 2, 2], share=0.9, max_units=1) == {}


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        # The total is 10 or 11, so a fragment needs 4 or 5.
        ("甲?", [5, 5], {"甲": 5, "?": 5}),
        (" ?", [6, 4], {"?": 4}),
        ("甲?!", [4, 4, 2], {"甲": 4, "?": 4, "?!": 6}),
        ("甲?!", [5, 4, 1], {"甲": 5, "?": 4}),
        ("甲?!", [5, 3, 3], {"甲": 5, "?!": 6}),
        ("甲? !", [5, 3, 0, 3], {"甲": 5}),
        ("甲?!。", [4, 3, -1, 3], {"甲": 4, "?!。": 5}),
        ("甲?", [10, -5], {"甲": 10}),
        ("甲😀!", [1, 5, 4], {"😀": 5, "!": 4}),
    ],
)
def test_punctuation_alone_is_a_fragment_if_important(text: str, values: list[int], expected: dict[str, int]) -> None:
    assert choose_in_text(text, values, share=0.4) == expected


def test_punctuation_alone_has_no_units() -> None:
    text = "(甲)?!"
    joined, starts = JoinedText([text]), np.arange(len(text))
    units = find_units(joined, starts, starts + 1, unit="word", segment=CUT)
    spans = choose_spans(
        importances([Pair(0, [3, 3, 3, 3, 3])]), units, starts, np.array([0, len(text)]), max_units=3, share=0.3
    )
    found = {text[start:end]: size for _, start, end, _, size in zip(*(each.tolist() for each in spans), strict=True)}
    assert found == {"(甲)": 1, ")?!": 0}


def test_words_sum_their_characters() -> None:
    values = [1, 2, 3, 4, 9]
    expected = {"天气": 3, "手机": 7, "天气手机": 10, "，": 9}
    assert choose_in_text("天气手机，", values, unit="word", share=0.1) == expected


def test_a_token_wider_than_its_fragment_counts_whole() -> None:
    found = choose(["see (foo) bar"], [[(0, 3), (4, 9), (10, 13)]], [Pair(0, [1, 10, 1])], unit="word")
    assert found == [(0, 5, 8, 10)]


def test_pairs_of_the_same_document_and_documents_without_pairs() -> None:
    texts = ["甲乙", "丙", "", "丁戊"]
    pairs = [Pair(0, [5, 0]), Pair(0, [0, 7]), Pair(3, [1, 9])]
    assert choose(texts, [*map(characters, texts)], pairs) == [(0, 0, 1, 5), (1, 1, 2, 7), (2, 1, 2, 9)]


@pytest.mark.parametrize("texts", [[], [""], ["甲乙"]])
def test_no_pairs(texts: list[str]) -> None:
    assert choose(texts, [*map(characters, texts)], []) == []


def test_a_text_without_units() -> None:
    assert choose([" \n", "甲"], [[(0, 1), (1, 2)], [(0, 1)]], [Pair(0, [3, 3]), Pair(1, [2])]) == [(1, 0, 1, 2)]


def test_positive_totals() -> None:
    found = sum_positive_importances(importances([Pair(0, [5, -2, 1]), Pair(0, []), Pair(1, [-1]), Pair(2, [0, 3])]))
    assert found.tolist() == [6, 0, 0, 3]


def overlapping(tokens: Sequence[tuple[int, int]], values: Sequence[int], start: int, end: int) -> int:
    return sum(value for (a, b), value in zip(tokens, values, strict=True) if a < end and b > start)


def naive(text: str, tokens: list[tuple[int, int]], values: list[int], unit: Any, most: int, share: float) -> Any:
    """The chosen spans of one text, straight from their definition."""
    joined = JoinedText([text])
    starts, ends = np.array(tokens, dtype=np.int64).reshape(-1, 2).T
    units = find_units(joined, starts, ends, unit=unit, segment=CUT)
    words = list(zip(units.core_starts.tolist(), units.core_ends.tolist(), strict=True))
    marks = naive_marks(text, tokens, list(zip(units.starts.tolist(), units.ends.tolist(), strict=True)))
    total = sum(max(value, 0) for value in values)
    for first, last, parts in [
        *word_spans(words, most),
        *mark_spans(marks),
        *bracket_spans(text, marks, words, most),
    ]:
        value = overlapping(tokens, values, first[0], last[1])
        least_end = min(overlapping(tokens, values, *first), overlapping(tokens, values, *last))
        if value > 0 and value / total >= share and least_end >= value / parts / 2:
            yield first[0], last[1], value


Place = tuple[int, int]


def word_spans(words: list[Place], most: int) -> Iterator[tuple[Place, Place, int]]:
    for first, last in combinations_with_replacement(range(len(words)), 2):
        if last - first < most:
            yield words[first], words[last], last - first + 1


def mark_spans(marks: list[Place]) -> Iterator[tuple[Place, Place, int]]:
    yield from ((mark, mark, 1) for mark in marks)
    run = marks[:1]
    for before, mark in pairwise([*marks, (-1, -1)]):
        if before[1] != mark[0]:
            if len(run) > 1:
                yield run[0], run[-1], len(run)
            run = []
        run.append(mark)


def bracket_spans(text: str, marks: list[Place], words: list[Place], most: int) -> Iterator[tuple[Place, Place, int]]:
    opened: dict[str, list[Place]] = defaultdict(list)
    for mark in marks:
        sign = text[slice(*mark)]
        for pair in ("()", "（）", "《》", "''", '""'):
            if sign == pair[1] and opened[pair]:
                opening = opened[pair].pop()
                within = [word for word in words if opening[1] <= word[0] and word[1] <= mark[0]]
                if within and within[0][0] == opening[1] and within[-1][1] == mark[0] and len(within) <= most:
                    yield opening, mark, len(within) + 2
            elif sign == pair[0]:
                opened[pair].append(mark)


def naive_marks(text: str, tokens: list[Place], units: list[Place]) -> list[Place]:
    """Where punctuation stands, with what extends it, beside the units; one token's is one mark."""
    found: list[Place] = []
    bases = [place for place, char in enumerate(text) if not is_extending(char) or place == 0]
    for base, after in pairwise([*bases, len(text)]):
        if unicodedata.category(text[base])[0] != "P" or any(start <= base < end for start, end in units):
            continue
        last = max(place for place in range(base, after) if not any(start <= place < end for start, end in units)) + 1
        if found and any(start <= found[-1][1] - 1 and base < end for start, end in tokens):
            base = found.pop()[0]
        found.append((base, last))
    return found


def is_extending(char: str) -> bool:
    return unicodedata.category(char)[0] == "M" or char in "\u200d🏽"


def is_blank(char: str) -> bool:
    category = unicodedata.category(char)
    return char != "\u200d" and (category[0] == "Z" or category in ("Cc", "Cf"))


ALPHABET = "ab'’ ，。()（）《》\"手机天气很好\u0301\u200d👩👧🏽🇨🇳\r\n0"


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]]]:
    """A text, and tokens somewhere in it."""
    text = draw(st.text(st.sampled_from(ALPHABET), min_size=1, max_size=12))
    cuts = sorted({0, len(text), *draw(st.lists(st.integers(0, len(text)), max_size=12))})
    wanted = draw(st.lists(st.booleans(), min_size=len(cuts), max_size=len(cuts)))
    return text, [span for span, kept in zip(pairwise(cuts), wanted, strict=False) if kept]


@settings(max_examples=80, deadline=None)
@given(
    data=st.data(),
    shard=st.lists(documents(), max_size=4),
    unit=st.sampled_from(["word", "char"]),
    most=st.integers(1, 4),
    share=st.sampled_from([0.01, 0.2, 0.5, 1.0]),
)
def test_vectorized_extraction_equals_one_document_at_a_time(
    data: st.DataObject, shard: Any, unit: Any, most: int, share: float
) -> None:
    pairs = [
        Pair(number, data.draw(st.lists(st.integers(-3, 9), min_size=len(tokens), max_size=len(tokens))))
        for number, (_, tokens) in enumerate(shard)
        for _ in range(data.draw(st.integers(0, 2)))
    ]
    texts, tokens = [text for text, _ in shard], [spans for _, spans in shard]
    found = choose(texts, tokens, pairs, unit=unit, max_units=most, share=share)
    expected = [
        (number, *span)
        for number, pair in enumerate(pairs)
        for span in naive(texts[pair.document], tokens[pair.document], pair.values, unit, most, share)
    ]
    assert found == sorted(expected)
    for number, start, end, _ in found:
        fragment = texts[pairs[number].document][start:end]
        assert not is_blank(fragment[0])
        assert not is_blank(fragment[-1])


# [CLS] the run ##ning cat [SEP], then [CLS] 手 机 [SEP]: the special tokens' great scores are no fragment's.
SUB_WORDS = [[(0, 0), (0, 3), (4, 7), (7, 11), (12, 15), (15, 15)], [(0, 0), (0, 1), (1, 2), (2, 2)]]
SUB_WORD_TEXTS = ["the running cat", "手机"]


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ([0, 1, 3, 4, 2, 0], [(0, 0, 3, 1), (0, 4, 11, 7), (0, 12, 15, 2)]),
        ([9, 1, 3, 4, 2, 9], [(0, 0, 3, 1), (0, 4, 11, 7), (0, 12, 15, 2)]),
        # Half a word that speaks against the label counts against the whole.
        ([0, 0, 5, -3, 0, 0], [(0, 4, 11, 2)]),
    ],
)
def test_sub_words_are_whole_words_with_the_sum_of_their_scores(
    first: list[int], expected: list[tuple[int, int, int, int]]
) -> None:
    pairs = [Pair(0, first), Pair(1, [100, 2, 3, 100])]
    found = choose(SUB_WORD_TEXTS, SUB_WORDS, pairs, unit="word", max_units=1, share=0.01)
    assert found == [*expected, (1, 0, 2, 5)]


def test_words_of_sub_words_join_to_longer_fragments() -> None:
    pairs = [Pair(0, [50, 4, 3, 4, 5, 50])]
    found = choose(SUB_WORD_TEXTS, SUB_WORDS, pairs, unit="word", max_units=3, share=0.1)
    assert (0, 0, 15, 16) in found


def test_special_tokens_after_a_text_do_not_belong_to_the_next() -> None:
    texts, tokens = ["a", "b c", "d"], [[(0, 1), (1, 1)], [(0, 0), (0, 1), (3, 3)], [(0, 1)]]
    pairs = [Pair(0, [1, 70]), Pair(0, [2, 80]), Pair(1, [90, 3, 60])]
    # The model has not read c: nothing is said of it.
    assert choose(texts, tokens, pairs, share=0.001) == [(0, 0, 1, 1), (1, 0, 1, 2), (2, 0, 1, 3)]
