"""What kind of character each code point is, as far as fragments are concerned."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

GAP = 0
"""White space and control characters: no fragment starts or ends with one."""
IDEOGRAPH = 1
"""A letter of a script that is written without spaces between words."""
LETTER = 2
"""A letter or digit of a script whose words are set apart."""
EXTENDING = 3
"""A combining mark, joiner, skin tone or tag: belongs to the character before it."""
SYMBOL = 4
"""An emoji, currency sign or other symbol: stands alone."""
PUNCTUATION = 5
"""A punctuation mark, bracket or quote: no part of a word but for an apostrophe."""

JOINER = 0x200D
_UNKNOWN = 255
_UNSPACED = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "YI SYLLABLE", "BOPOMOFO")
_NON_JOINER = 0x200C
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_class_table = np.full(sys.maxunicode + 1, _UNKNOWN, dtype=np.uint8)


def classify_characters(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """The class of each of `codes`, which are code points."""
    classes = _class_table[codes]
    unseen = np.unique(codes[classes == _UNKNOWN])
    if not len(unseen):
        return classes
    _class_table[unseen] = [_classify_character(chr(code)) for code in unseen]
    return _class_table[codes]


def _classify_character(char: str) -> int:
    code, category = ord(char), unicodedata.category(char)
    if category[0] == "M" or code in (JOINER, _NON_JOINER) or code in _SKIN_TONES or code in _TAGS:
        return EXTENDING
    if category[0] in "LN":
        return IDEOGRAPH if unicodedata.name(char, "").startswith(_UNSPACED) else LETTER
    if category[0] == "P":
        return PUNCTUATION
    return GAP if category[0] == "Z" or category in ("Cc", "Cf") else SYMBOL
