"""The results of matching, counts and counter-examples, and how they add up over shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from camlode.pipeline.arrays import first_of_groups
from camlode.pipeline.records import Summable

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
"""Counter-examples: documents in which a pattern's fragment occurs and to which the model gives other labels.

`pattern` is the pattern's number, `row` the document's in the shard; `hit` is the first occurrence, as the document
has it. Sorted by pattern, shard and row.
"""


@dataclass(frozen=True)
class CorpusCounts(Summable):
    """Explained documents, and those of them with gold labels; by label [labels] predictions and gold labels."""

    documents: int
    with_gold: int
    predicted: IntArray
    gold: IntArray


@dataclass(frozen=True)
class MatchCounts(Summable):
    """Counts by pattern [patterns], and totals of the same documents; shards add up in any order.

    Attributes:
        documents: explained documents in which the fragment occurs.
        occurrences: its occurrences in them.
        predicted: those of `documents` for which the model predicts the pattern's label.
        with_gold: those of `documents` that have gold labels.
        gold: those of `with_gold` with the pattern's label among them.
    """

    documents: IntArray
    occurrences: IntArray
    predicted: IntArray
    with_gold: IntArray
    gold: IntArray
    corpus: CorpusCounts


@dataclass(frozen=True, slots=True)
class Matches:
    """The result of matching one shard or several; `counter_examples` has the schema COUNTER_EXAMPLES."""

    counts: MatchCounts
    counter_examples: pa.Table


class MatchAccumulator:
    """Adds up matches in the corpus's order; keeps the first `examples` counter-examples of each pattern."""

    def __init__(self, patterns: int, examples: int) -> None:
        self._counts: MatchCounts | None = None
        self._examples = CounterExampleCollector(patterns, examples)

    @property
    def remaining(self) -> IntArray:
        """How many more counter-examples to keep of each pattern [patterns]."""
        return self._examples.remaining

    def add(self, matches: Matches) -> None:
        """Add the next shards of the corpus."""
        self._counts = matches.counts if self._counts is None else self._counts + matches.counts
        self._examples.add(matches.counter_examples)

    def matches(self) -> Matches:
        """The sum of all matches added.

        Raises:
            ValueError: nothing was added.
        """
        if self._counts is None:
            raise ValueError("no shard was matched")
        return Matches(self._counts, self._examples.table())


class Hits(NamedTuple):
    """One row for each document and pattern that occurs in it, sorted by document.

    `first` is the number of the pattern's first occurrence in the document.
    """

    documents: IntArray
    patterns: IntArray
    first: IntArray

    def select(self, selection: Any) -> Hits:
        """The rows that `selection`, a mask or an array of row numbers, selects."""
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

    `documents` are those that were matched, `rows` their numbers in the shard; `remaining` [patterns] is the maximum
    for each pattern, `context` the number of characters on either side.
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
    """Collects the first `count` counter-examples of each pattern from tables that come in the corpus's order.

    `remaining` [patterns] is how many more to keep of each.
    """

    def __init__(self, patterns: int, count: int) -> None:
        self.remaining: IntArray = np.full(patterns, count, dtype=np.int64)
        self._tables = [COUNTER_EXAMPLES_SCHEMA.empty_table()]

    def add(self, table: pa.Table) -> None:
        """Add what is still to be kept of a table of the schema COUNTER_EXAMPLES."""
        patterns = table["pattern"].to_numpy()
        rows = first_of_groups(patterns, self.remaining[patterns])
        self.remaining -= np.bincount(patterns[rows], minlength=len(self.remaining))
        if len(rows):
            self._tables.append(table.take(pa.array(rows)))

    def table(self) -> pa.Table:
        """The collected counter-examples: schema COUNTER_EXAMPLES."""
        order = [(name, "ascending") for name in ("pattern", "shard", "row")]
        return pa.concat_tables(self._tables).sort_by(order)
