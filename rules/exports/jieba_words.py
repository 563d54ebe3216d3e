"""A user dictionary of jieba's: `word frequency tag`, a line each."""

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
"""Of what jieba's words are made; it looks for none across other characters."""


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Each fragment once, with the least frequency at which jieba cuts it out whole, as jieba itself would suggest it.

    What it could never cut out, such as a fragment with a space, is left out.
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
            # Added here too, for the frequency of a word depends on those before it.
            frequency = known.suggest_freq(word)
            known.add_word(word, frequency)
            yield f"{word} {frequency} {TAG}\n"
