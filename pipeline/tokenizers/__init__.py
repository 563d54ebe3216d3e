"""Tokenizers: text → the ids that a model was trained on, and the characters that each id stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import TokenizerError
from pipeline.tokenizers.base import Tokenizer
from pipeline.tokenizers.vocabulary import Vocabulary, read_vocabulary

if TYPE_CHECKING:
    from config import Tokenizer as TokenizerSettings
    from pipeline.tokenizers.vectorizer import VectorizerSettings

__all__ = ["Tokenizer", "Vocabulary", "make_tokenizer", "read_vocabulary"]


def make_tokenizer(
    settings: TokenizerSettings,
    *,
    length: int,
    vocabulary: Vocabulary | None = None,
    vectorizer: VectorizerSettings | None = None,
) -> Tokenizer:
    """The tokenizer that `settings` name, giving at most `length` tokens a text.

    `vocabulary` saves reading the file again; `vectorizer` describes the TextVectorization layer.
    """
    if settings.name == "vectorizer":
        return _vectorizer(vectorizer)
    vocabulary = vocabulary or read_vocabulary(settings)
    if settings.name == "char":
        from pipeline.tokenizers.char import CharTokenizer

        return CharTokenizer(vocabulary, length=length, truncation=settings.truncation, lowercase=settings.lowercase)
    if settings.name == "word":
        from pipeline.tokenizers.word import WordTokenizer

        return WordTokenizer(vocabulary, length=length, truncation=settings.truncation, lowercase=settings.lowercase)
    from pipeline.tokenizers.jieba_words import JiebaTokenizer

    return JiebaTokenizer(
        vocabulary,
        length=length,
        truncation=settings.truncation,
        lowercase=settings.lowercase,
        dictionary=settings.dictionary,
        hmm=settings.hmm,
    )


def _vectorizer(vectorizer: VectorizerSettings | None) -> Tokenizer:
    from pipeline.tokenizers.vectorizer import VectorizerTokenizer

    if vectorizer is None:
        raise TokenizerError(
            "tokenizer.name is 'vectorizer', but the model has no TextVectorization layer; "
            "give the file that holds one as tokenizer.path, or choose char, jieba or word"
        )
    return VectorizerTokenizer(vectorizer)
