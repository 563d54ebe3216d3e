"""The index by which fragments that contain a text are found without a scan: an index of pairs of characters.

SQLite has a full-text index whose words are the pairs; PostgreSQL has an inverted index over numbers of pairs. Both
only narrow the candidates: the query compares the texts themselves too.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

SEARCH_INDEX_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE fragment_search USING fts5(pairs, content='', columnsize=0, detail=none, "
        "tokenize='ascii')",
    ),
    "postgresql": (
        "ALTER TABLE fragments ADD COLUMN pairs integer[]",
        "CREATE INDEX ix_fragments_pairs ON fragments USING gin (pairs)",
    ),
}
"""The statements that create the index, by database."""

BIGRAM_CONDITIONS = {
    "sqlite": "fragments.id IN (SELECT rowid FROM fragment_search WHERE fragment_search MATCH :pairs)",
    "postgresql": "fragments.pairs @> CAST(:pairs AS integer[])",
}
"""A condition on fragments: the index has all of `:pairs` for them; by database."""

CONTAINS_CONDITIONS = {
    "sqlite": "instr(fragments.text, :contains) > 0",
    "postgresql": "strpos(fragments.text, :contains) > 0",
}
"""A condition on fragments: the text contains `:contains` literally, with its case (LIKE ignores case on SQLite)."""

_MULTIPLIER = 1_000_003
_BITS = 0x7FFFFFFF
# FTS5's tokenizer "ascii" splits words at ASCII characters that are neither letters nor digits: map these to letters.
_AS_LETTERS = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}


def bigram_words(texts: Iterable[str]) -> Iterator[str]:
    """Yield the words of SQLite's index for each text: its pairs of characters, separated by spaces."""
    for text in texts:
        letters = text.translate(_AS_LETTERS)
        yield " ".join(map("".join, pairwise(letters)))


def bigram_arrays(texts: Sequence[str]) -> pa.Array:
    """Return the entries of PostgreSQL's index: for each text an array literal of the numbers of its pairs.

    Two pairs may share a number (31 bits), which only makes the index less selective.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    bounds = np.cumsum([0, *map(len, texts)])
    found = (codes[:-1] * _MULTIPLIER + codes[1:]) & _BITS
    within = np.ones(max(len(codes), 1), dtype=np.bool_)
    within[bounds[1:] - 1] = False  # no pair of a text's last and the next text's first character
    sizes = np.maximum(np.diff(bounds) - 1, 0)
    values = pa.array(found[within[: len(found)]], pa.int64()).cast(pa.string())
    lists = pa.ListArray.from_arrays(pa.array(np.cumsum([0, *sizes]), pa.int32()), values)
    return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")


def bigram_query(text: str, dialect: str) -> Any:
    """Return the parameter `:pairs` of BIGRAM_CONDITIONS for a searched text; None if it has no pairs."""
    if len(text) < 2:
        return None
    if dialect == "postgresql":
        return sorted({(ord(a) * _MULTIPLIER + ord(b)) & _BITS for a, b in pairwise(text)})
    return " AND ".join(f'"{pair}"' for pair in dict.fromkeys(next(bigram_words([text])).split(" ")))
