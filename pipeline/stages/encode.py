"""Documents → token ids and spans; a document without any token is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from pipeline.records import EncodedShard, ShardDocuments, Tokens, rejected

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.tokenizers import Tokenizer

NO_TOKENS = "no_tokens"


def encode(shard: ShardDocuments, tokenizer: Tokenizer, *, context: int) -> EncodedShard:
    """The shard's documents as `tokenizer` sees them.

    `context`: how many characters around the tokens are kept in view beside them.
    """
    tokens = tokenizer.encode(shard.documents["text"].to_pylist())
    found = np.diff(tokens.offsets) > 0
    documents = shard.documents.filter(pa.array(found))
    without = rejected(shard.documents.filter(pa.array(~found)), NO_TOKENS)
    kept = Tokens(
        tokens.ids,
        tokens.starts,
        tokens.ends,
        tokens.offsets[np.concatenate([[True], found])],
        tokens.truncated[found],
    )
    return EncodedShard(documents, pa.concat_tables([shard.rejects, without]), kept, _windows(documents, kept, context))


def _windows(documents: pa.Table, tokens: Tokens, context: int) -> npt.NDArray[np.int64]:
    import pyarrow.compute as pc

    lengths = pc.utf8_length(documents["text"]).to_numpy().astype(np.int64)
    first = tokens.starts[tokens.offsets[:-1]].astype(np.int64)
    last = tokens.ends[tokens.offsets[1:] - 1].astype(np.int64)
    return np.stack([np.maximum(first - context, 0), np.minimum(last + context, lengths)], axis=1)
