"""What matching tells of patterns, and how it adds up over shards."""
# MERGED: Documents in which a pattern's fragment occurs and which the model gave another label.

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from camlode.pipeline.arrays import first_of_groups

if TYPE_CHECKING:
    from camlode.pipeline.arrays import IntArray
    from camlode.rules.matcher import Occurrences


COUNTER_EXAMPLES_SCHEMA = pa.schema(
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

    documents: IntArray
    patterns: IntArray
    first: IntArray

    def select(self, selection: Any) -> Hits:
        """The rows that a mask or an array of their numbers names."""
        return Hits(*(column[selection] for column in self))


def find_counter_examples(
    shard: int,
    documents: pa.Table,
    rows: pa.Array,
    occurrences: Occurrences,
    wrong: Hits,
    remaining: IntArray,
    context: int,
) -> pa.Table:
    """The first of the `wrong` hits of each pattern, with the text around them: schema COUNTER_EXAMPLES.

    `documents` are those that were matched, `rows` their numbers in the shard; `remaining` [patterns] is how many at most,
    `context` how many characters to either side.
    """
    kept = wrong.select(remaining[wrong.patterns] > 0)
    kept = kept.select(first_of_groups(kept.patterns, remaining[kept.patterns]))
    taken = pa.array(kept.documents)
    texts = documents["text"].take(taken).to_pylist()
    starts, ends = occurrences.starts[kept.first], occurrences.ends[kept.first]
    spans = list(zip(texts, starts.tolist(), ends.tolist(), strict=True))
    columns = {
        "pattern": kept.patterns,
        "shard": np.full(len(spans), shard),
        "row": rows.take(taken),
        "document": documents["id"].take(taken),
        "place": documents["place"].take(taken),
        "left": [text[max(start - context, 0) : start] for text, start, _ in spans],
        "hit": [text[start:end] for text, start, end in spans],
        "right": [text[end : end + context] for text, _, end in spans],
    }
    return pa.table(columns, schema=COUNTER_EXAMPLES_SCHEMA)


class CounterExampleCollector:
    """Gathers the first counter-examples of each of so many patterns, from tables that come in the corpus's order.

    `remaining` [patterns] is how many more are kept of each.
    """

    def __init__(self, patterns: int, count: int) -> None:
        self.remaining: IntArray = np.full(patterns, count, dtype=np.int64)
        self._tables = [COUNTER_EXAMPLES_SCHEMA.empty_table()]

    def add(self, table: pa.Table) -> None:
        """Keeps what is still wanted of a table of the schema COUNTER_EXAMPLES."""
        patterns = table["pattern"].to_numpy()
        rows = first_of_groups(patterns, self.remaining[patterns])
        self.remaining -= np.bincount(patterns[rows], minlength=len(self.remaining))
        if len(rows):
            self._tables.append(table.take(pa.array(rows)))

    def table(self) -> pa.Table:
        """All that were kept, of the schema COUNTER_EXAMPLES."""
        order = [(name, "ascending") for name in ("pattern", "shard", "row")]
        return pa.concat_tables(self._tables).sort_by(order)


class _Summable:
    def __add__(self, other: Self) -> Self:
        mine = (each.name for each in fields(self))  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in mine))


@dataclass(frozen=True)
class CorpusCounts(_Summable):
    """Explained documents, of these with gold labels; by label [labels] predicted so, and of that gold label."""

    documents: int
    with_gold: int
    predicted: IntArray
    gold: IntArray


@dataclass(frozen=True)
class MatchCounts(_Summable):
    """Counts by pattern [patterns], and the sums over the same documents; shards add up in any order.

    documents: explained documents in which the fragment occurs. occurrences: its places in them.
    predicted: of the documents those with the pattern's label by the model. with_gold: of the documents those with
    gold labels; gold: of these those with the pattern's label among them.
    """

    documents: IntArray
    occurrences: IntArray
    predicted: IntArray
    with_gold: IntArray
    gold: IntArray
    corpus: CorpusCounts


@dataclass(frozen=True, slots=True)
class Matches:
    """What matching one shard or several tells; `counter_examples` has the schema COUNTER_EXAMPLES."""

    counts: MatchCounts
    counter_examples: pa.Table


class MatchAccumulator:
    """Adds up the matches of so many patterns, whose `examples` first counter-examples are kept.

    What is added comes in the corpus's order; `remaining` [patterns] is how many more counter-examples are kept of each.
    """

    def __init__(self, patterns: int, examples: int) -> None:
        self._counts: MatchCounts | None = None
        self._examples = CounterExampleCollector(patterns, examples)

    @property
    def remaining(self) -> IntArray:
        """How many more counter-examples are kept of each pattern [patterns]."""
        return self._examples.remaining

    def add(self, matches: Matches) -> None:
        """Adds the shards that come next."""
        self._counts = matches.counts if self._counts is None else self._counts + matches.counts
        self._examples.add(matches.counter_examples)

    def matches(self) -> Matches:
        """What all that were added tell.

        Raises:
            ValueError: nothing was added.
        """
        if self._counts is None:
            raise ValueError("no shard was matched")
        return Matches(self._counts, self._examples.table())
