"""Character tokens: all texts pass through one lookup table at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from camlode.pipeline.arrays import row_positions
from camlode.pipeline.tokenizers.base import Truncation, build_tokens, to_lowercase
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.arrays import Int32Array
    from camlode.pipeline.records import Tokens


class CharTokenizer:
    """One token for each character (Unicode code point)."""

    def __init__(
        self, vocabulary: Vocabulary, *, length: int, truncation: Truncation = "post", lowercase: bool = False
    ) -> None:
        self.length = length
        self._truncation: Truncation = truncation
        self._lowercase = lowercase
        self._table = _build_lookup_table(vocabulary)

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""
        sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        read = map(to_lowercase, texts) if self._lowercase else texts
        codes = np.frombuffer("".join(read).encode("utf-32-le"), dtype=np.uint32)
        ids = self._table[codes]
        documents = np.repeat(np.arange(len(texts)), sizes)
        starts = row_positions(sizes).astype(np.int32)
        kept = ids != SKIP
        return build_tokens(
            ids[kept],
            starts[kept],
            starts[kept] + 1,
            documents[kept],
            count=len(texts),
            length=self.length,
            truncation=self._truncation,
        )


def _build_lookup_table(vocabulary: Vocabulary) -> Int32Array:
    table = np.full(sys.maxunicode + 1, vocabulary.unknown, dtype=np.int32)
    for token, number in vocabulary.ids.items():
        if len(token) == 1:
            table[ord(token)] = number
    return table
