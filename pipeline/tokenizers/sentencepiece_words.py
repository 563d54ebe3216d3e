"""Sub-words of a sentencepiece model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.base import Truncation, to_lowercase
from camlode.pipeline.tokenizers.external import read_tokenizer_file, require_extra
from camlode.pipeline.tokenizers.subwords import SubwordPieces, build_subword_tokens, collect_pieces
from camlode.pipeline.tokenizers.vocabulary import FileVocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Tokenizer as TokenizerSettings
    from camlode.pipeline.records import Tokens


class SentencePieceTokenizer:
    """Tokens of a sentencepiece `.model`, without tokens for the beginning and end of a sentence."""

    def __init__(
        self, processor: Any, *, length: int, truncation: Truncation = "post", lowercase: bool = False
    ) -> None:
        self.length = length
        self._processor = processor
        self._truncation: Truncation = truncation
        self._lowercase = lowercase

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""
        read = [to_lowercase(text) for text in texts] if self._lowercase else list(texts)
        found = self._processor.encode(read, return_type="offset_mapping", num_threads=1)
        pieces = collect_pieces([each["ids"] for each in found], [each["offsets"] for each in found])
        return build_subword_tokens(texts, _share_spans(pieces), length=self.length, truncation=self._truncation)


def _share_spans(pieces: SubwordPieces) -> SubwordPieces:
    """Give all bytes of a character the character's span, which sentencepiece gives to the last one only."""
    positions = np.arange(len(pieces.ids))
    last = len(pieces.ids) - 1
    owners = np.minimum.accumulate(np.where(pieces.ends > pieces.starts, positions, last)[::-1])[::-1]
    together = (pieces.starts[owners] == pieces.starts) & (pieces.documents[owners] == pieces.documents)
    return pieces._replace(ends=np.where(together, pieces.ends[owners], pieces.ends))


def load_sentencepiece(settings: TokenizerSettings) -> Any:
    """Load the model in the file `tokenizer.path`; raises a TokenizerError where there is none."""
    with require_extra("sentencepiece"):
        import sentencepiece
    content = read_tokenizer_file(settings)
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(content)
    except (RuntimeError, TypeError) as error:
        raise TokenizerError(f"{settings.path}: not a sentencepiece model; give the .model file") from error
    return processor


def load_sentencepiece_vocabulary(settings: TokenizerSettings) -> FileVocabulary:
    """Load the ids in the file `tokenizer.path`."""
    processor = load_sentencepiece(settings)
    ids = {processor.id_to_piece(number): number for number in range(processor.get_piece_size())}
    padding = processor.pad_id()
    return FileVocabulary(ids, processor.unk_id(), padding if padding >= 0 else None)
