"""Tokenizers: text → the ids on which a model was trained, and the characters of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.base import Tokenizer, Truncation
from camlode.pipeline.tokenizers.vocabulary import Vocabulary, read_vocabulary
from camlode.pipeline.tokenizers.vocabulary_info import VocabularyInfo, load_vocabulary_info

if TYPE_CHECKING:
    from camlode.config import Tokenizer as TokenizerSettings
    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings

__all__ = ["Tokenizer", "Vocabulary", "VocabularyInfo", "load_vocabulary_info", "make_tokenizer", "read_vocabulary"]


class _CommonOptions(TypedDict):
    length: int
    truncation: Truncation
    lowercase: bool


def make_tokenizer(
    settings: TokenizerSettings,
    *,
    length: int,
    vocabulary: Vocabulary | None = None,
    vectorizer: VectorizerSettings | None = None,
) -> Tokenizer:
    """Make the tokenizer that `settings` name, with at most `length` tokens for each text.

    `vocabulary` saves reading the file again; `vectorizer` describes the model's TextVectorization layer.
    """
    if settings.name == "vectorizer":
        from camlode.pipeline.tokenizers.vectorizer import VectorizerTokenizer

        if vectorizer is None:
            raise TokenizerError(
                "tokenizer.name is 'vectorizer', but the model has no TextVectorization layer; "
                "give the file that holds one as tokenizer.path, or choose another tokenizer"
            )
        return VectorizerTokenizer(vectorizer)
    common = _CommonOptions(length=length, truncation=settings.truncation, lowercase=settings.lowercase)
    if settings.name == "huggingface":
        from camlode.pipeline.tokenizers.huggingface import HuggingfaceTokenizer, load_huggingface

        return HuggingfaceTokenizer(load_huggingface(settings), special_tokens=settings.special_tokens, **common)
    if settings.name == "sentencepiece":
        from camlode.pipeline.tokenizers.sentencepiece_words import SentencePieceTokenizer, load_sentencepiece

        return SentencePieceTokenizer(load_sentencepiece(settings), **common)
    vocabulary = vocabulary or read_vocabulary(settings)
    if settings.name == "char":
        from camlode.pipeline.tokenizers.char import CharTokenizer

        return CharTokenizer(vocabulary, **common)
    if settings.name == "word":
        from camlode.pipeline.tokenizers.word import WordTokenizer

        return WordTokenizer(vocabulary, **common)
    if settings.name == "jieba":
        from camlode.pipeline.tokenizers.jieba_words import JiebaTokenizer

        return JiebaTokenizer(vocabulary, dictionary=settings.dictionary, hmm=settings.hmm, **common)
    from camlode.pipeline.tokenizers.spacy_words import SpacyTokenizer

    return SpacyTokenizer(
        vocabulary,
        language=settings.language or "",
        lemmas=settings.lemmas,
        stop_words=settings.stop_words,
        punctuation=settings.punctuation,
        **common,
    )
