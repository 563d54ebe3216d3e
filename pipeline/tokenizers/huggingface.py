"""Sub-words of a `tokenizer.json` of the library tokenizers."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.base import Truncation, to_lowercase
from camlode.pipeline.tokenizers.external import read_tokenizer_file, require_extra
from camlode.pipeline.tokenizers.subwords import build_subword_tokens, collect_pieces
from camlode.pipeline.tokenizers.vocabulary import PADDING_TOKENS, FileVocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tokenizers

    from camlode.config import Tokenizer as TokenizerSettings
    from camlode.pipeline.records import Tokens


class HuggingfaceTokenizer:
    """Tokens of a `tokenizer.json`; the special tokens that it adds have no characters."""

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        *,
        length: int,
        truncation: Truncation = "post",
        lowercase: bool = False,
        special_tokens: bool = True,
    ) -> None:
        self.length = length
        self._tokenizer = tokenizer
        self._truncation: Truncation = truncation
        self._lowercase = lowercase
        self._special_tokens = special_tokens
        added = tokenizer.num_special_tokens_to_add(is_pair=False) if special_tokens else 0
        # With no room for a piece of the text, the library does not truncate at all.
        if length <= added:
            raise TokenizerError(
                f"tokenizer.length is {length}, but {added} special tokens are added to each text; set it to more "
                "than these, or tokenizer.special_tokens to false"
            )
        tokenizer.no_padding()
        tokenizer.enable_truncation(length, direction="right" if truncation == "post" else "left")

    def encode(self, texts: Sequence[str]) -> Tokens:
        """Encode texts: ids and character spans of their tokens, at most `length` for each text."""
        read = [to_lowercase(text) for text in texts] if self._lowercase else list(texts)
        found = self._tokenizer.encode_batch(read, add_special_tokens=self._special_tokens)
        pieces = collect_pieces([each.ids for each in found], [each.offsets for each in found])
        tokens = build_subword_tokens(texts, pieces, length=self.length, truncation=self._truncation)
        truncated = np.array([bool(each.overflowing) for each in found], dtype=np.bool_)
        return replace(tokens, truncated=truncated & (np.diff(tokens.offsets) > 0))


def load_huggingface(settings: TokenizerSettings) -> tokenizers.Tokenizer:
    """Load the tokenizer in the file `tokenizer.path`; raises a TokenizerError where there is none."""
    # Documents are distributed over processes already, each with its own core.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with require_extra("huggingface"):
        import tokenizers
    content = read_tokenizer_file(settings)
    try:
        return tokenizers.Tokenizer.from_str(content.decode())
    except Exception as error:  # the library raises no narrower type
        raise TokenizerError(f"{settings.path}: not a tokenizer.json of the library tokenizers: {error}") from error


def load_huggingface_vocabulary(settings: TokenizerSettings) -> FileVocabulary:
    """Load the ids in the file `tokenizer.path`."""
    tokenizer = load_huggingface(settings)
    ids = tokenizer.get_vocab(with_added_tokens=True)
    model = json.loads(tokenizer.to_str())["model"]
    unknown = model.get("unk_id", ids.get(model.get("unk_token")))
    named = [ids[token] for token in PADDING_TOKENS if token in ids]
    padding = tokenizer.padding["pad_id"] if tokenizer.padding else next(iter(named), None)
    return FileVocabulary(ids, unknown, padding)
