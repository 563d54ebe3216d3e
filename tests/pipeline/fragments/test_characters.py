from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.pipeline.fragments.characters import (
    EXTENDING,
    GAP,
    IDEOGRAPH,
    LETTER,
    PUNCTUATION,
    SYMBOL,
    JoinedText,
    classify_characters,
)


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        (" \t\n\x00\x85\xa0\u3000\u200b\u2028\ufeff\u00ad", GAP),
        (".,!?'\"-_()，。！？“”、…«»", PUNCTUATION),
        ("中文𠮷〇々ひらがなカーブไทยㄅ", IDEOGRAPH),
        ("aZéßİ0１²½ΣжאعहΑ가𝐀Ａ", LETTER),
        ("\u0301\u0308\ufe0f\u20e3\u200c\u200d\U0001f3fb\U0001f3ff\u094d\u0e35\U000e0067\U000e007f", EXTENDING),
        ("😀👩🇨$+=©€→\U0001f400\ue000\u0378", SYMBOL),
    ],
)
def test_classes_of_characters(characters: str, expected: int) -> None:
    codes = np.array([ord(char) for char in characters], dtype=np.uint32)
    assert classify_characters(codes).tolist() == [expected] * len(characters)


def test_no_characters() -> None:
    assert classify_characters(np.array([], dtype=np.uint32)).tolist() == []


@given(data=st.data())
def test_slices_are_those_of_python(data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.text(max_size=10), max_size=4))
    joined = "".join(texts)
    places = st.integers(0, len(joined))
    spans = data.draw(st.lists(st.tuples(places, places).map(sorted), max_size=8))
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    ends = np.array([end for _, end in spans], dtype=np.int64)
    slices = JoinedText(texts).slices(starts, ends)
    slices.validate(full=True)
    assert slices.type == pa.large_string()
    assert slices.to_pylist() == [joined[start:end] for start, end in spans]


@given(texts=st.lists(st.text(max_size=10), max_size=4))
def test_bounds_and_codes(texts: list[str]) -> None:
    text = JoinedText(texts)
    pieces = text.slices(text.bounds[:-1], text.bounds[1:])
    assert pieces.to_pylist() == texts
    assert text.codes.tolist() == [ord(char) for char in "".join(texts)]
