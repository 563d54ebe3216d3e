"""Word tokens: runs of Unicode letters and digits."""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import groupby
from typing import TYPE_CHECKING

from camlode.pipeline.tokenizers.base import Span, SpanTokenizer
from camlode.pipeline.tokenizers.vocabulary import SKIP

if TYPE_CHECKING:
    from collections.abc import Iterator


def _combining_marks() -> str:
    """Combining marks of all scripts, as ranges for a character class; `\\w` does not include them."""
    codes = [code for code in range(0x300, sys.maxunicode + 1) if unicodedata.category(chr(code))[0] == "M"]
    runs = ([code for _, code in run] for _, run in groupby(enumerate(codes), key=lambda pair: pair[1] - pair[0]))
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in runs)


# Letters and digits with their combining marks and joiners; an apostrophe inside a word belongs to it.
_LETTERS = rf"\w[\w\u200c\u200d{_combining_marks()}]*"
WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")


class WordTokenizer(SpanTokenizer):
    """One token for each Unicode word; punctuation, symbols and space belong to none."""

    def _tokenize(self, text: str) -> Iterator[Span]:
        ids, unknown = self._vocabulary.ids, self._vocabulary.unknown
        for match in WORD.finditer(text):
            word = match[0].lower() if self._lowercase else match[0]
            number = ids.get(word, unknown)
            if number != SKIP:
                yield Span(number, match.start(), match.end())
