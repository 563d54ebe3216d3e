"""Documents in which a pattern's fragment occurs and which the model gave another label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

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
    shard: int, documents: pa.Table, rows: pa.Array, found: Occurrences, wrong: Hits, wanted: Numbers, context: int
) -> pa.Table:
    """The first of the `wrong` hits of each pattern, with the text around them: schema COUNTER_EXAMPLES.

    `documents` are those that were matched, `rows` their numbers in the shard; `wanted` [patterns] is how many at most,
    `context` how many characters to either side.
    """
    few = wrong.where(wanted[wrong.patterns] > 0)
    few = few.where(_first_of_each(few.patterns, wanted[few.patterns]))
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
        "left": [text[max(start - context, 0) : start] for text, start, _ in spans],
        "hit": [text[start:end] for text, start, end in spans],
        "right": [text[end : end + context] for text, _, end in spans],
    }
    return pa.table(columns, schema=COUNTER_EXAMPLES)


class FirstCounterExamples:
    """Gathers the first counter-examples of each of so many patterns, from tables that come in the corpus's order.

    `wanted` [patterns] is how many more are kept of each.
    """

    def __init__(self, patterns: int, count: int) -> None:
        self.wanted: Numbers = np.full(patterns, count, dtype=np.int64)
        self._kept = [COUNTER_EXAMPLES.empty_table()]

    def add(self, table: pa.Table) -> None:
        """Keeps what is still wanted of a table of the schema COUNTER_EXAMPLES."""
        patterns = table["pattern"].to_numpy()
        rows = _first_of_each(patterns, self.wanted[patterns])
        self.wanted -= np.bincount(patterns[rows], minlength=len(self.wanted))
        if len(rows):
            self._kept.append(table.take(pa.array(rows)))

    def table(self) -> pa.Table:
        """All that were kept, of the schema COUNTER_EXAMPLES."""
        order = [(name, "ascending") for name in ("pattern", "shard", "row")]
        return pa.concat_tables(self._kept).sort_by(order)


def _first_of_each(groups: Numbers, counts: Numbers) -> Numbers:
    """The rows of the first of each group, by group; `counts` says for each row how many of its group."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    return order[np.arange(len(order)) - np.searchsorted(ordered, ordered) < counts[order]]
