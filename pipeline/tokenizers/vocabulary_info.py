"""What the model needs from its tokenizer: the largest id, the padding id and the unknown id."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.vocabulary import SKIP, FileVocabulary, read_vocabulary, resolve_id

if TYPE_CHECKING:
    from camlode.config import Tokenizer as TokenizerSettings
    from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings


class VocabularyInfo(NamedTuple):
    """The largest id that a text can have, the padding id, and the id of unknown tokens, if there is one."""

    largest: int
    padding: int
    unknown: int | None


def load_vocabulary_info(settings: TokenizerSettings, vectorizer: VectorizerSettings | None = None) -> VocabularyInfo:
    """Load the ids of the tokenizer that `settings` name; `vectorizer` describes the TextVectorization layer.

    Raises:
        TokenizerError: a file cannot be read, a library is missing, or no padding id is given.
    """
    if vectorizer is not None:
        return VocabularyInfo(max(vectorizer.ids.values(), default=1), 0, vectorizer.unknown)
    if settings.name == "huggingface":
        from camlode.pipeline.tokenizers.huggingface import load_huggingface_vocabulary

        return _from_file_vocabulary(settings, load_huggingface_vocabulary(settings))
    if settings.name == "sentencepiece":
        from camlode.pipeline.tokenizers.sentencepiece_words import load_sentencepiece_vocabulary

        return _from_file_vocabulary(settings, load_sentencepiece_vocabulary(settings))
    vocabulary = read_vocabulary(settings)
    unknown = None if vocabulary.unknown == SKIP else vocabulary.unknown
    return VocabularyInfo(vocabulary.largest, vocabulary.padding, unknown)


def _from_file_vocabulary(settings: TokenizerSettings, found: FileVocabulary) -> VocabularyInfo:
    padding = found.padding
    if settings.padding_token is not None:
        padding = resolve_id(settings.padding_token, found.ids, settings.path, option="tokenizer.padding_token")
    if padding is None:
        raise TokenizerError(
            f"{settings.path}: the file names no padding token; set tokenizer.padding_token to the id with which texts "
            "were padded when the model was trained"
        )
    return VocabularyInfo(max(*found.ids.values(), padding), padding, found.unknown)
