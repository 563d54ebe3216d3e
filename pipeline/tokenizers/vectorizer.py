"""The tokens of a Keras TextVectorization layer, with the spans that the layer itself forgets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.tokenizers.base import Span, tokens_of_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.records import Tokens

# The layer strips these and splits at ASCII white space, whatever the language.
_PUNCTUATION = frozenset("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")
_NOT_SPACE = re.compile(r"[^ \t\n\r\f\v]+")
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


@dataclass(frozen=True, slots=True)
class VectorizerSettings:
    """What a TextVectorization layer does to a text."""

    ids: Mapping[str, int]
    unknown: int
    lowercase: bool
    strip_punctuation: bool
    by_character: bool
    length: int


class VectorizerTokenizer:
    """The ids that the model's own TextVectorization layer makes, with each token's characters."""

    def __init__(self, settings: VectorizerSettings) -> None:
        self.length = settings.length
        self._settings = settings

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Ids and character spans of each text's tokens, at most `length` a text."""
        spans = (list(self._spans(text)) for text in texts)
        return tokens_of_spans(spans, length=self.length, truncation="post")

    def _spans(self, text: str) -> Iterator[Span]:
        ids, unknown = self._settings.ids, self._settings.unknown
        for token, start, end in self._pieces(text):
            yield Span(ids.get(token, unknown), start, end)

    def _pieces(self, text: str) -> Iterator[tuple[str, int, int]]:
        # Lower-casing in the layer is ASCII only and keeps the length, so offsets stay.
        lowered = text.translate(_ASCII_LOWER) if self._settings.lowercase else text
        if self._settings.by_character:
            kept = (i for i, char in enumerate(lowered) if self._keeps(char))
            yield from ((lowered[i], i, i + 1) for i in kept)
            return
        for match in _NOT_SPACE.finditer(lowered):
            kept_places = [i for i in range(*match.span()) if self._keeps(lowered[i])]
            if kept_places:
                token = "".join(lowered[i] for i in kept_places)
                yield token, kept_places[0], kept_places[-1] + 1

    def _keeps(self, char: str) -> bool:
        return not (self._settings.strip_punctuation and char in _PUNCTUATION)
