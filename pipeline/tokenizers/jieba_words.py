"""Word tokens as jieba segments Chinese text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.tokenizers.base import Span, SpanTokenizer, Truncation, to_lowercase
from camlode.pipeline.tokenizers.segment import load_segmenter
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator


class JiebaTokenizer(SpanTokenizer):
    """One token for each word of jieba; white space is a token only if the vocabulary has it."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        length: int,
        truncation: Truncation = "post",
        lowercase: bool = False,
        dictionary: str | None = None,
        hmm: bool = False,
    ) -> None:
        super().__init__(vocabulary, length=length, truncation=truncation, lowercase=lowercase)
        self._segment = load_segmenter(dictionary=dictionary, hmm=hmm)

    def _tokenize(self, text: str) -> Iterator[Span]:
        ids, unknown = self._vocabulary.ids, self._vocabulary.unknown
        start = 0
        for word in self._segment(to_lowercase(text) if self._lowercase else text):
            number = ids.get(word, SKIP if word.isspace() else unknown)
            if number != SKIP:
                yield Span(number, start, start + len(word))
            start += len(word)
