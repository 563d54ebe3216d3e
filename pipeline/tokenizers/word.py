"""A token is a Unicode word."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.tokenizers.base import Span, Truncation, tokens_of_spans
from pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.records import Tokens

# Letters and digits with their combining marks; an apostrophe inside a word belongs to it.
WORD = re.compile(r"\w[\w\u0300-\u036f]*(?:['’]\w[\w\u0300-\u036f]*)*")


class WordTokenizer:
    """One token a Unicode word; punctuation, symbols and space are between tokens."""

    def __init__(
        self, vocabulary: Vocabulary, *, length: int, truncation: Truncation = "post", lowercase: bool = False
    ) -> None:
        self.length = length
        self._vocabulary = vocabulary
        self._truncation: Truncation = truncation
        self._lowercase = lowercase

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Ids and character spans of each text's tokens, at most `length` a text."""
        return tokens_of_spans(map(self._spans, texts), length=self.length, truncation=self._truncation)

    def _spans(self, text: str) -> Sequence[Span]:
        # One more than the model takes says that a text was truncated, however long it is.
        wanted = self.length + 1 if self._truncation == "post" else None
        return list(islice(self._known(text), wanted))

    def _known(self, text: str) -> Iterator[Span]:
        ids, unknown = self._vocabulary.ids, self._vocabulary.unknown
        for match in WORD.finditer(text):
            word = match[0].lower() if self._lowercase else match[0]
            number = ids.get(word, unknown)
            if number != SKIP:
                yield Span(number, match.start(), match.end())
