"""Documents in which a pattern's fragment occurs and which the model gave another label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from config import Patterns
    from rules.matcher import Occurrences

    Numbers = npt.NDArray[np.int64]

COUNTER_EXAMPLES = pa.schema(
    [
        pa.field("pattern", pa.int64(), nullable=False),
        pa.field("shard", pa.int64(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("document", pa.string(), nullable=False),
        pa.field("place", pa.string(), nullable=False),
        pa.field("left", pa.large_string(), nullable=False),
        pa.field("hit", pa.large_string(), nullable=False),
        pa.field("right", pa.large_string(), nullable=False),
    ]
)
"""Documents in which a pattern's fragment occurs, at its first place there, and which the model gave another label.

`pattern` is the pattern's number, `row` the document's among the shard's documents; sorted by pattern, shard and row.
"""


class Hits(NamedTuple):
    """One row a document and pattern that occurs in it, by document.

    `first` is the number of the occurrence that is the first there.
    """

    documents: Numbers
    patterns: Numbers
    first: Numbers

    def where(self, chosen: Any) -> Hits:
        """The rows that a mask or an array of their numbers names."""
        return Hits(*(column[chosen] for column in self))


def counter_examples(
    shard: int, documents: pa.Table, rows: pa.Array, found: Occurrences, wrong: Hits, patterns: Patterns
) -> pa.Table:
    """The first of the `wrong` hits of each pattern, with the text around them: schema COUNTER_EXAMPLES.

    `documents` are those that were matched, `rows` their numbers in the shard, `patterns` how many and how much text.
    """
    few = wrong.where(_first_of_each(wrong.patterns, patterns.examples))
    taken = pa.array(few.documents)
    texts = documents["text"].take(taken).to_pylist()
    starts, ends = found.starts[few.first], found.ends[few.first]
    spans = list(zip(texts, starts.tolist(), ends.tolist(), strict=True))
    columns = {
        "pattern": few.patterns,
        "shard": np.full(len(spans), shard),
        "row": rows.take(taken),
        "document": documents["id"].take(taken),
        "place": documents["place"].take(taken),
        "left": [text[max(start - patterns.context, 0) : start] for text, start, _ in spans],
        "hit": [text[start:end] for text, start, end in spans],
        "right": [text[end : end + patterns.context] for text, _, end in spans],
    }
    return pa.table(columns, schema=COUNTER_EXAMPLES)


def first_counter_examples(tables: Iterable[pa.Table], count: int) -> pa.Table:
    """The first `count` of each pattern in the corpus's order, of tables of the schema COUNTER_EXAMPLES.

    Tables can be merged in any order and in parts: the outcome is the same.
    """
    merged = pa.concat_tables([COUNTER_EXAMPLES.empty_table(), *tables])
    merged = merged.sort_by([(name, "ascending") for name in ("pattern", "shard", "row")])
    return merged.take(pa.array(_first_of_each(merged["pattern"].to_numpy(), count)))


def _first_of_each(groups: Numbers, count: int) -> Numbers:
    """The rows of the first `count` of each group, by group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < count]
