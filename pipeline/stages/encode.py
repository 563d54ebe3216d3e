"""The encode stage: documents → token ids and their characters; a document without any token becomes a reject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.pipeline.records import EncodedShard, ShardDocuments, Tokens, make_rejects

if TYPE_CHECKING:
    from camlode.pipeline.arrays import IntArray
    from camlode.pipeline.tokenizers import Tokenizer

NO_TOKENS = "no_tokens"
MIN_CONTEXT = 20
"""Minimum of characters kept on either side of the tokens, so that words at the ends are found whole."""


def encode(shard: ShardDocuments, tokenizer: Tokenizer, *, context: int) -> EncodedShard:
    """Encode the shard's documents.

    `context`: characters of each text to keep on either side of its tokens, at least MIN_CONTEXT.
    """
    tokens = tokenizer.encode(shard.documents["text"].to_pylist())
    has_tokens = np.diff(tokens.offsets) > 0
    documents = shard.documents.filter(pa.array(has_tokens))
    rejects = make_rejects(shard.documents.filter(pa.array(~has_tokens)), NO_TOKENS)
    kept = Tokens(
        tokens.ids,
        tokens.starts,
        tokens.ends,
        tokens.offsets[np.concatenate([[True], has_tokens])],
        tokens.truncated[has_tokens],
    )
    return EncodedShard(
        documents, pa.concat_tables([shard.rejects, rejects]), kept, _compute_windows(documents, kept, context)
    )


def _compute_windows(documents: pa.Table, tokens: Tokens, context: int) -> IntArray:
    margin = max(context, MIN_CONTEXT)
    lengths = pc.utf8_length(documents["text"]).to_numpy().astype(np.int64)
    first = tokens.starts[tokens.offsets[:-1]].astype(np.int64)
    last = tokens.ends[tokens.offsets[1:] - 1].astype(np.int64)
    return np.stack([np.maximum(first - margin, 0), np.minimum(last + margin, lengths)], axis=1)
