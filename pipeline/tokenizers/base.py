"""The tokenizer protocol, and the construction of tokens from ids and spans."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from camlode.pipeline.arrays import offsets_from_sizes, row_positions
from camlode.pipeline.records import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from camlode.pipeline.arrays import Int32Array, IntArray
    from camlode.pipeline.tokenizers.vocabulary import Vocabulary


Truncation = Literal["post", "pre"]


class Tokenizer(Protocol):
    """Turns texts into the token ids on which the model was trained."""

    length: int
    """Maximum of tokens of one text."""

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""


class SpanTokenizer(ABC):
    """Base of tokenizers that tokenize texts one by one and look the tokens up in a vocabulary."""

    def __init__(
        self, vocabulary: Vocabulary, *, length: int, truncation: Truncation = "post", lowercase: bool = False
    ) -> None:
        self.length = length
        self._vocabulary = vocabulary
        self._truncation: Truncation = truncation
        self._lowercase = lowercase

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""
        return tokens_from_spans(map(self._tokenize, texts), length=self.length, truncation=self._truncation)

    @abstractmethod
    def _tokenize(self, text: str) -> Iterator[Span]:
        """Yield the tokens of one text."""


class Span(NamedTuple):
    """A token's id and its characters [start, end) in the original text."""

    id: int
    start: int
    end: int


def build_tokens(
    ids: Int32Array,
    starts: Int32Array,
    ends: Int32Array,
    documents: IntArray,
    *,
    count: int,
    length: int,
    truncation: Truncation,
) -> Tokens:
    """Build tokens, at most `length` for each document; `documents` [tokens], sorted, are the documents' numbers."""
    sizes = np.bincount(documents, minlength=count)
    rank = row_positions(sizes)
    if truncation == "pre":
        rank = np.repeat(sizes, sizes) - 1 - rank
    kept = rank < length
    offsets = offsets_from_sizes(np.minimum(sizes, length))
    return Tokens(ids[kept], starts[kept], ends[kept], offsets, sizes > length)


def to_lowercase(text: str) -> str:
    """Lower-case `text` without moving characters: İ, the only one that would become two, stays."""
    return "İ".join(part.lower() for part in text.split("İ"))


def tokens_from_spans(spans: Iterable[Iterable[Span]], *, length: int, truncation: Truncation) -> Tokens:
    """Build tokens from the spans of documents that were tokenized one by one."""
    # One token more than the model takes shows that a text is truncated; the rest of a long text need not be tokenized.
    limit = length + 1 if truncation == "post" else None
    documents = [list(islice(document, limit)) for document in spans]
    flat = np.array([span for document in documents for span in document], dtype=np.int32).reshape(-1, 3)
    owners = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
    return build_tokens(
        flat[:, 0],
        flat[:, 1],
        flat[:, 2],
        owners,
        count=len(documents),
        length=length,
        truncation=truncation,
    )
