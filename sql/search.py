"""Finding the fragments that contain a text, without looking at all of them: an index of pairs of characters.

SQLite keeps it as a full-text index whose words are the pairs, PostgreSQL as an inverted index over numbers that stand
for them. Both only narrow the choice; whoever asks compares the texts themselves afterwards.
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
"""What makes the index, by database."""

BIGRAM_CONDITIONS = {
    "sqlite": "fragments.id IN (SELECT rowid FROM fragment_search WHERE fragment_search MATCH :pairs)",
    "postgresql": "fragments.pairs @> CAST(:pairs AS integer[])",
}
"""What narrows a choice of fragments to those that have all of `:pairs`, by database."""

CONTAINS_CONDITIONS = {
    "sqlite": "instr(fragments.text, :contains) > 0",
    "postgresql": "strpos(fragments.text, :contains) > 0",
}
"""What tells that a fragment holds `:contains`, literally and with its case, which LIKE doesn't."""

_MULTIPLIER = 1_000_003
_BITS = 0x7FFFFFFF
# FTS5's tokenizer "ascii" parts words at ASCII characters that are neither letters nor digits.
_AS_LETTERS = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}


def bigram_words(texts: Iterable[str]) -> Iterator[str]:
    """What SQLite's index keeps of each text: its pairs of characters, with spaces between."""
    for text in texts:
        letters = text.translate(_AS_LETTERS)
        yield " ".join(map("".join, pairwise(letters)))


def bigram_arrays(texts: Sequence[str]) -> pa.Array:
    """What PostgreSQL's index keeps of each text: numbers that stand for its pairs, as an array literal."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    bounds = np.cumsum([0, *map(len, texts)])
    found = (codes[:-1] * _MULTIPLIER + codes[1:]) & _BITS
    within = np.ones(max(len(codes), 1), dtype=np.bool_)
    within[bounds[1:] - 1] = False  # what ends a text makes no pair with what begins the next
    sizes = np.maximum(np.diff(bounds) - 1, 0)
    values = pa.array(found[within[: len(found)]], pa.int64()).cast(pa.string())
    lists = pa.ListArray.from_arrays(pa.array(np.cumsum([0, *sizes]), pa.int32()), values)
    return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")


def bigram_query(text: str, dialect: str) -> Any:
    """The parameter `:pairs` of CONDITIONS for a text that is looked for; None where it is too short to narrow."""
    if len(text) < 2:
        return None
    if dialect == "postgresql":
        return sorted({(ord(a) * _MULTIPLIER + ord(b)) & _BITS for a, b in pairwise(text)})
    return " AND ".join(f'"{pair}"' for pair in dict.fromkeys(next(bigram_words([text])).split(" ")))
