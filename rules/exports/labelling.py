"""Labelling functions that need nothing but Python: each answers its label for a text that holds its fragment.

A document is a text, or anything with one as its attribute `text`, such as a row of a pandas table.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ABSTAIN = -1

_UNSPACED = ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "YI SYLLABLE", "BOPOMOFO")
_JOINERS = "\u200c\u200d"


class LabellingFunction:
    """Answers the number `label` for a document that holds `fragment`, and ABSTAIN for any other.

    name: where the fragment comes from. fold: letters that differ in nothing but case are the same. boundaries: what
    cuts a word does not count; in scripts that don't set words apart, such as Chinese, every place will do.
    """

    def __init__(self, name: str, label: int, fragment: str, fold: bool = True, boundaries: bool = True) -> None:
        self.name = self.__name__ = name
        self.label = label
        self.fragment = fragment
        self.fold = fold
        self.boundaries = boundaries
        self._read = _read(fragment, fold)

    def __call__(self, document: Any) -> int:
        """The label's number, or ABSTAIN."""
        text = document if isinstance(document, str) else document.text
        return ABSTAIN if next(self.places(text), None) is None else self.label

    def __repr__(self) -> str:
        return f"<labelling function {self.name}: {self.fragment!r}>"

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the fragment stands: characters [start, end) of the text."""
        read = _read(text, self.fold)
        start = read.find(self._read)
        while start >= 0:
            end = start + len(self._read)
            if not self.boundaries or not (_cuts_word(text, start) or _cuts_word(text, end)):
                yield start, end
            start = read.find(self._read, start + 1)


class _CharacterMap(dict[int, int]):
    """What each character is read as, found out when it is first seen."""

    def __init__(self, fold: bool) -> None:
        super().__init__()
        self.fold = fold

    def __missing__(self, code: int) -> int:
        # One that folds to several is left alone; half of a surrogate pair is none.
        folded = chr(code).casefold() if self.fold else ""
        self[code] = 0xFFFD if 0xD800 <= code < 0xE000 else ord(folded) if len(folded) == 1 else code
        return self[code]


_CHARACTER_MAPS = {fold: _CharacterMap(fold) for fold in (False, True)}


# All functions read one text after the other.
@lru_cache(maxsize=16)
def _read(text: str, fold: bool) -> str:
    return text.translate(_CHARACTER_MAPS[fold])


def _cuts_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and _is_in_word(text, place - 1) and _is_in_word(text, place)


def _is_in_word(text: str, place: int) -> bool:
    while place >= 0 and _extends(text[place]):
        place -= 1
    return place >= 0 and _is_letter(text[place])


@cache
def _is_letter(char: str) -> bool:
    """Whether a character is a letter or digit of a script whose words are set apart."""
    return unicodedata.category(char)[0] in "LN" and not unicodedata.name(char, "").startswith(_UNSPACED)


@cache
def _extends(char: str) -> bool:
    """Whether a character belongs to the one before it: a combining mark, joiner, skin tone or tag."""
    return (
        unicodedata.category(char)[0] == "M"
        or char in _JOINERS
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )
