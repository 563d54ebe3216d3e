"""Labelling functions that need only Python: each returns its label for a text that contains its fragment.

A document is a text, or an object with a text as its attribute `text`, such as a row of a pandas table.
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
    """Returns the number `label` for a document that contains `fragment`, and ABSTAIN for any other.

    name: where the fragment comes from.
    fold: whether letters that differ only in case match.
    boundaries: whether an occurrence must begin and end at word boundaries; in scripts without spaces between words,
        such as Chinese, any position is one.
    """

    def __init__(self, name: str, label: int, fragment: str, fold: bool = True, boundaries: bool = True) -> None:
        self.name = self.__name__ = name
        self.label = label
        self.fragment = fragment
        self.fold = fold
        self.boundaries = boundaries
        self._read = _read(fragment, fold)

    def __call__(self, document: Any) -> int:
        """Return the label's number, or ABSTAIN."""
        text = document if isinstance(document, str) else document.text
        return ABSTAIN if next(self.find_occurrences(text), None) is None else self.label

    def __repr__(self) -> str:
        return f"<labelling function {self.name}: {self.fragment!r}>"

    def find_occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the occurrences of the fragment: characters [start, end) of the text."""
        read = _read(text, self.fold)
        start = read.find(self._read)
        while start >= 0:
            end = start + len(self._read)
            if not self.boundaries or not (_cuts_word(text, start) or _cuts_word(text, end)):
                yield start, end
            start = read.find(self._read, start + 1)


class _CharacterMap(dict[int, int]):
    """The folded code point of each code point, computed on first use."""

    def __init__(self, fold: bool) -> None:
        super().__init__()
        self.fold = fold

    def __missing__(self, code: int) -> int:
        # A character that folds to several is kept, so that offsets stay; half of a surrogate pair is no character.
        folded = chr(code).casefold() if self.fold else ""
        self[code] = 0xFFFD if 0xD800 <= code < 0xE000 else ord(folded) if len(folded) == 1 else code
        return self[code]


_CHARACTER_MAPS = {fold: _CharacterMap(fold) for fold in (False, True)}


# All functions are called with one text after another.
@lru_cache(maxsize=16)
def _read(text: str, fold: bool) -> str:
    return text.translate(_CHARACTER_MAPS[fold])


def _cuts_word(text: str, position: int) -> bool:
    return 0 < position < len(text) and _is_in_word(text, position - 1) and _is_in_word(text, position)


def _is_in_word(text: str, position: int) -> bool:
    while position >= 0 and _extends(text[position]):
        position -= 1
    return position >= 0 and _is_letter(text[position])


@cache
def _is_letter(char: str) -> bool:
    """Whether a character is a letter or digit of a script with spaces between words."""
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
