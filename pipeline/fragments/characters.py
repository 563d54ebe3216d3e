"""Texts as arrays of code points: classes of characters, many texts joined to one array, and segments of it."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, row_positions
from camlode.pipeline.fragments.casefold import from_code_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from camlode.pipeline.arrays import BoolArray, IntArray


GAP = 0
"""White space and control characters: no fragment begins or ends with one."""
IDEOGRAPH = 1
"""A letter of a script that is written without spaces between words."""
LETTER = 2
"""A letter or digit of a script that separates words."""
EXTENDING = 3
"""A combining mark, joiner, skin tone or tag: belongs to the character before it."""
SYMBOL = 4
"""An emoji, currency sign or other symbol: a unit by itself."""
PUNCTUATION = 5
"""A punctuation mark, bracket or quote: not part of a word, except for apostrophes."""

JOINER = 0x200D
_UNKNOWN = 255
_UNSPACED = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "YI SYLLABLE", "BOPOMOFO")
_NON_JOINER = 0x200C
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
# Filled as characters are seen: classifying all 1.1 million code points at import would take a second.
_class_table = np.full(sys.maxunicode + 1, _UNKNOWN, dtype=np.uint8)


def classify_characters(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint8]:
    """Class of each of `codes`, which are code points."""
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


class JoinedText:
    """Several texts joined to one array of characters, so that a whole shard is processed without a loop over texts.

    Attributes:
        codes: the code point of each character.
        bounds: offsets [texts + 1] of the texts, in characters.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "".join(texts)
        self.texts = texts
        self.codes: npt.NDArray[np.uint32] = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
        self.bounds: IntArray = np.cumsum([0, *map(len, texts)], dtype=np.int64)
        widths = 1 + (self.codes >= 0x80) + (self.codes >= 0x800) + (self.codes >= 0x10000)
        self._byte_at = offsets_from_sizes(widths)

    def slices(self, starts: IntArray, ends: IntArray) -> pa.LargeStringArray:
        """Strings of the characters [starts, ends) of the joined text."""
        # Imported here because the matcher of rules uses this file without Arrow.
        import pyarrow as pa

        lengths = ends - starts
        positions = np.repeat(starts, lengths) + row_positions(lengths)
        characters = from_code_points(self.codes[positions]).encode()
        # Arrow counts a string's UTF-8 bytes, the code points count characters.
        offsets = offsets_from_sizes(self._byte_at[ends] - self._byte_at[starts])
        return pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(characters))


class Segments(NamedTuple):
    """Segments of joined texts, in order; all arrays are [segments].

    A segment has the characters [starts, ends) of the joined text, and [core_starts, core_ends) without what does not
    count at its ends; `texts` are the numbers of the texts.
    """

    starts: IntArray
    ends: IntArray
    core_starts: IntArray
    core_ends: IntArray
    texts: IntArray


def find_segments(positions: IntArray, bounds: BoolArray, text_bounds: IntArray) -> Segments:
    """Find the segments with at least one of the characters at `positions`, which are those that count.

    `bounds` [characters + 1] is true where the joined text is split; `text_bounds` [texts + 1] are the texts' offsets.
    """
    segment_of_position = np.cumsum(bounds)[positions] - 1
    is_first = np.diff(segment_of_position, prepend=-1) > 0
    is_last = np.concatenate([is_first[1:], [True]]) if len(is_first) else is_first
    kept, boundaries = segment_of_position[is_first], np.flatnonzero(bounds)
    starts = boundaries[kept]
    return Segments(
        starts=starts,
        ends=boundaries[kept + 1],
        core_starts=positions[is_first],
        core_ends=positions[is_last] + 1,
        texts=np.repeat(np.arange(len(text_bounds) - 1), np.diff(text_bounds))[starts],
    )
