"""What the tokens of pieces of text bring to each pair of a document and a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from pipeline.fragments.pieces import Segments
    from pipeline.fragments.units import Units
    from pipeline.records import Importances


class PairRows(NamedTuple):
    """One row a pair and item of its document: which item, and how many of the document's are left from it on.

    `shifts` lead from a token's number to the place of its value for the pair.
    """

    pairs: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    remaining: npt.NDArray[np.int64]
    shifts: npt.NDArray[np.int64]


def expand_pairs(importances: Importances, texts: Any, token_bounds: Any) -> PairRows:
    """The rows of items that are in `texts` [items], which are sorted; `token_bounds` as in choose_spans."""
    documents = importances.documents
    item_counts = np.bincount(texts, minlength=len(token_bounds) - 1)
    first_items = np.cumsum(item_counts) - item_counts
    counts = item_counts[documents]
    pairs = np.repeat(np.arange(len(documents)), counts)
    rank = np.arange(len(pairs)) - np.repeat(np.cumsum(counts) - counts, counts)
    # A token's place among its pair's values is its place among its text's tokens.
    shifts = (importances.offsets[:-1] - token_bounds[documents])[pairs]
    return PairRows(pairs, first_items[documents][pairs] + rank, counts[pairs] - rank, shifts)


def find_token_ranges(
    segments: Units | Segments, written_tokens: Any, tokens: Any, token_bounds: Any
) -> tuple[Any, Any]:
    """The tokens [first, last) of each piece: from its first to its last of those `written_tokens` for characters."""
    tokens_at = np.bincount(tokens[written_tokens], minlength=segments.ends.max(initial=0))
    before = np.concatenate([[0], np.cumsum(tokens_at)])
    first = np.append(written_tokens, len(tokens))[before[segments.starts]]
    last = np.append(0, written_tokens + 1)[before[segments.ends]]
    first = np.clip(first, token_bounds[segments.texts], token_bounds[segments.texts + 1])
    return first, np.maximum(first, last)
