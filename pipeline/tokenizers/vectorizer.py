"""Tokens of a Keras TextVectorization layer, with their spans, which the layer itself does not return."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from camlode.pipeline.tokenizers.base import Span, SpanTokenizer
from camlode.pipeline.tokenizers.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


# The layer strips these and splits at ASCII white space in every language.
_PUNCTUATION = string.punctuation
_NOT_SPACE = re.compile(r"[^ \t\n\r\f\v]+")
_CHARACTER = re.compile(r".", re.DOTALL)


@dataclass(frozen=True, slots=True)
class VectorizerSettings:
    """The settings of a TextVectorization layer."""

    ids: Mapping[str, int]
    unknown: int
    lowercase: bool
    strip_punctuation: bool
    by_character: bool
    length: int


class VectorizerTokenizer(SpanTokenizer):
    """The ids of the model's own TextVectorization layer, with each token's characters."""

    def __init__(self, settings: VectorizerSettings) -> None:
        super().__init__(
            Vocabulary(settings.ids, settings.unknown, padding=0), length=settings.length, lowercase=settings.lowercase
        )
        self._token_pattern = _CHARACTER if settings.by_character else _NOT_SPACE
        self._strip_characters = _PUNCTUATION if settings.strip_punctuation else ""
        self._strip_table = str.maketrans("", "", self._strip_characters)

    def _tokenize(self, text: str) -> Iterator[Span]:
        ids, unknown = self._vocabulary.ids, self._vocabulary.unknown
        # The layer lower-cases ASCII only, as bytes.lower does, which keeps the length and so the offsets.
        lowered = text.encode().lower().decode() if self._lowercase else text
        for match in self._token_pattern.finditer(lowered):
            token = match[0].translate(self._strip_table)
            if token:
                start = match.end() - len(match[0].lstrip(self._strip_characters))
                end = match.start() + len(match[0].rstrip(self._strip_characters))
                yield Span(ids.get(token, unknown), start, end)
