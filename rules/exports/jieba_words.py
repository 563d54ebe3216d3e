"""User dictionaries of jieba: a line `word frequency tag` for each word."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns

TAG = "nz"
"""The part of speech: another proper noun."""

UNSUPPORTED_CHARACTER = "a character at which jieba always cuts"
_WORD = re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9+#&._%-]+")
"""The characters of jieba's words; it never finds a word across others."""


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write each distinct fragment with the lowest frequency at which jieba keeps it whole, as jieba suggests it.

    A fragment that jieba would always cut, such as one with a space, is left out.
    """
    import jieba

    jieba.setLogLevel("WARNING")
    known = jieba.Tokenizer()
    words: set[str] = set()
    for pattern in patterns:
        word = pattern.fragment
        if not _WORD.fullmatch(word):
            patterns.left_out[UNSUPPORTED_CHARACTER] += 1
        elif word not in words:
            words.add(word)
            # The frequency that a word needs depends on the words added before it.
            frequency = known.suggest_freq(word)
            known.add_word(word, frequency)
            yield f"{word} {frequency} {TAG}\n"
