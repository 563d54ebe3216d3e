"""Word tokens of spaCy, looked up by their lemmas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.base import Span, SpanTokenizer, Truncation, to_lowercase
from camlode.pipeline.tokenizers.external import require_extra
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from spacy.language import Language
    from spacy.tokens import Token

    from camlode.pipeline.records import Tokens


class SpacyTokenizer(SpanTokenizer):
    """One token for each word by spaCy's rules of `language`; white space is a token only if the vocabulary has it."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        language: str,
        length: int,
        truncation: Truncation = "post",
        lowercase: bool = False,
        lemmas: bool = True,
        stop_words: bool = False,
        punctuation: bool = False,
    ) -> None:
        super().__init__(vocabulary, length=length, truncation=truncation, lowercase=lowercase)
        self._known: dict[int, int] = {}
        self._stop_words = stop_words
        self._punctuation = punctuation
        self._language = _load_language(language)
        self._lemma = _load_lemmatizer(self._language) if lemmas else _token_text

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""
        # spaCy keeps every word it ever saw; the zone frees those of these texts. Their numbers end with it too.
        self._known.clear()
        with self._language.memory_zone():
            return super().encode(texts)

    def _tokenize(self, text: str) -> Iterator[Span]:
        known = self._known
        for token in self._language.tokenizer(to_lowercase(text) if self._lowercase else text):
            if token.orth not in known:
                known[token.orth] = self._find_id(token)
            number = known[token.orth]
            if number != SKIP:
                yield Span(number, token.idx, token.idx + len(token))

    def _find_id(self, token: Token) -> int:
        """Find the id of a word, which does not depend on its context."""
        if (token.is_stop and not self._stop_words) or (token.is_punct and not self._punctuation):
            return SKIP
        word = self._lemma(token)
        unknown = SKIP if token.is_space else self._vocabulary.unknown
        return self._vocabulary.ids.get(word.lower() if self._lowercase else word, unknown)


def _token_text(token: Token) -> str:
    return token.text


def _load_language(language: str) -> Language:
    with require_extra("spacy"):
        import spacy
    try:
        return spacy.blank(language)
    except ImportError as error:
        raise TokenizerError(
            f"tokenizer.language is {language!r}, which spaCy cannot load: {' '.join(str(error).split())}"
        ) from error


def _load_lemmatizer(language: Language) -> Callable[[Token], str]:
    with require_extra("spacy"):
        import spacy_lookups_data  # noqa: F401  # spaCy finds its tables by entry points
    lemmatizer = language.add_pipe("lemmatizer", config={"mode": "lookup"})
    try:
        lemmatizer.initialize(list, nlp=language)  # type: ignore[attr-defined]
    except ValueError as error:
        raise TokenizerError(
            f"spaCy has no lemmas to look up for tokenizer.language {language.lang!r}; set tokenizer.lemmas to false"
        ) from error
    return lambda token: lemmatizer.lookup_lemmatize(token)[0]  # type: ignore[attr-defined]
