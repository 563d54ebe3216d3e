"""A token is a character: all texts go through one lookup table at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from pipeline.tokenizers.base import Truncation, flat_tokens
from pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pipeline.records import Tokens


class CharTokenizer:
    """One token a character (Unicode code point)."""

    def __init__(
        self, vocabulary: Vocabulary, *, length: int, truncation: Truncation = "post", lowercase: bool = False
    ) -> None:
        self.length = length
        self._truncation: Truncation = truncation
        self._table = _lookup_table(vocabulary, lowercase=lowercase)

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Ids and character spans of each text's tokens, at most `length` a text."""
        sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
        ids = self._table[codes]
        documents = np.repeat(np.arange(len(texts)), sizes)
        starts = (np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)).astype(np.int32)
        kept = ids != SKIP
        return flat_tokens(
            ids[kept],
            starts[kept],
            starts[kept] + 1,
            documents[kept],
            count=len(texts),
            length=self.length,
            truncation=self._truncation,
        )


def _lookup_table(vocabulary: Vocabulary, *, lowercase: bool) -> npt.NDArray[np.int32]:
    table = np.full(sys.maxunicode + 1, vocabulary.unknown, dtype=np.int32)
    for token, number in vocabulary.ids.items():
        if len(token) == 1:
            table[ord(token)] = number
    if lowercase:
        for code in range(sys.maxunicode + 1):
            lower = chr(code).lower()
            # A few capitals become two characters; one token can't stand for both, so they stay.
            if len(lower) == 1 and ord(lower) != code:
                table[code] = table[ord(lower)]
    return table
