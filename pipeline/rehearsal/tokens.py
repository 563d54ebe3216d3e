"""What the tokenizer makes of a few documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from pipeline.records import Tokens
    from pipeline.tokenizers import Tokenizer

CHECKED_DOCUMENTS = 10


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Of some documents: the fewest and the most tokens that the model is given, and how many were cut to its length.

    `unknown` is the share (0 to 1) of all tokens that the vocabulary doesn't know, None where such text is left out;
    `empty` documents have no token at all.
    """

    documents: int
    min_tokens: int
    max_tokens: int
    unknown: float | None
    truncated: int
    empty: int


def check_tokens(tokenizer: Tokenizer, documents: pa.Table, unknown: int | None) -> TokenCheck:
    """The check of CHECKED documents of a table of the schema DOCUMENTS, spread evenly, or of all it has.

    `unknown` is the id of what the vocabulary doesn't know, if there is one.
    """
    rows = np.unique(
        np.linspace(0, documents.num_rows - 1, min(CHECKED_DOCUMENTS, documents.num_rows)).round().astype(np.int64)
    )
    return _summarize(tokenizer.encode(documents["text"].take(pa.array(rows)).to_pylist()), unknown)


def _summarize(tokens: Tokens, unknown: int | None) -> TokenCheck:
    lengths = np.diff(tokens.offsets)
    share = None if unknown is None else float((tokens.ids == unknown).mean()) if tokens.ids.size else 0.0
    return TokenCheck(
        documents=len(lengths),
        min_tokens=int(lengths.min()) if lengths.size else 0,
        max_tokens=int(lengths.max(initial=0)),
        unknown=share,
        truncated=int(tokens.truncated.sum()),
        empty=int((lengths == 0).sum()),
    )
