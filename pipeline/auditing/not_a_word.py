"""Fragments that are no words: brackets and what they enclose, punctuation, digits, single characters."""

from __future__ import annotations

import unicodedata
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from pipeline.auditing.checks import Check, FlaggedPattern
from pipeline.auditing.wording import describe_share
from pipeline.fragments.characters import IDEOGRAPH, LETTER, SYMBOL, classify_characters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import RunData
    from sql import Row

_LAYOUT = "say how a text is laid out and not what it is about"

REASONS = {
    "brackets": f"stands in brackets, at which the model looks too, though they {_LAYOUT}",
    "punctuation": f"is nothing but punctuation or symbols, which {_LAYOUT}",
    "digits": "is nothing but digits, which seldom say what a text is about",
    "character": "is a single character, part of many words that the model cannot tell apart by it",
    "letter": "is a single letter, which says little of what a text is about",
}
"""What is said of each kind."""

_EMOJI_SELECTOR = "\ufe0f"


def check_not_a_word(run_data: RunData, _limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Lists a pattern that is no word. Numbers: kind, a key of REASONS."""
    for pattern in run_data.audited_patterns():
        yield _check_fragment(pattern)


def _check_fragment(pattern: Row) -> FlaggedPattern | None:
    kind = classify_non_word(pattern["fragment"])
    return (
        None
        if kind is None
        else FlaggedPattern(pattern, f"{describe_share(pattern)} and {REASONS[kind]}", {"kind": kind})
    )


def classify_non_word(fragment: str) -> str | None:
    """The kind of a fragment that is no word, a key of REASONS; None of a word, several words or an emoji.

    An emoji says something by itself; arrows, stars, squares and the like count as punctuation.
    """
    classes = classify_characters(np.frombuffer(fragment.encode("utf-32-le"), dtype=np.uint32))
    wordlike = (classes == IDEOGRAPH) | (classes == LETTER)
    letters = [char for char, is_letter in zip(fragment, wordlike.tolist(), strict=True) if is_letter]
    if not letters:
        return None if _has_emoji(fragment, (classes == SYMBOL).tolist()) else "punctuation"
    if _is_enclosed(fragment):
        return "brackets"
    if all(unicodedata.category(char)[0] == "N" for char in letters):
        return "digits"
    if len(letters) > 1 or (classes == SYMBOL).any():
        return None
    return "character" if (classes == IDEOGRAPH).any() else "letter"


def _is_enclosed(fragment: str) -> bool:
    """Whether the first character is a bracket that the last one closes."""
    steps = [(category == "Ps") - (category == "Pe") for category in map(unicodedata.category, fragment)]
    depths = [*accumulate(steps)]
    return steps[0] == 1 and depths[-1] == 0 and 0 not in depths[:-1]


def _has_emoji(fragment: str, symbols: list[bool]) -> bool:
    drawn = [char for char, is_symbol in zip(fragment, symbols, strict=True) if is_symbol]
    return _EMOJI_SELECTOR in fragment or any(unicodedata.east_asian_width(char) == "W" for char in drawn)


NOT_A_WORD = Check("not_a_word", check_not_a_word, lambda _: None, ("kind",))
