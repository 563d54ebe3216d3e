from __future__ import annotations

import numpy as np
import pytest

from camlode.pipeline.fragments.characters import (
    EXTENDING,
    GAP,
    IDEOGRAPH,
    LETTER,
    PUNCTUATION,
    SYMBOL,
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
def test_what_kind_of_character_each_is(characters: str, expected: int) -> None:
    codes = np.array([ord(char) for char in characters], dtype=np.uint32)
    assert classify_characters(codes).tolist() == [expected] * len(characters)


def test_no_characters() -> None:
    assert classify_characters(np.array([], dtype=np.uint32)).tolist() == []
