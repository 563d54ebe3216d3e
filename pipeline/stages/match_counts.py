"""What matching tells of patterns, and how it adds up over shards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

from pipeline.stages.counter_examples import CounterExampleCollector

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]


class _Summable:
    def __add__(self, other: Self) -> Self:
        mine = (each.name for each in fields(self))  # type: ignore[arg-type]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in mine))


@dataclass(frozen=True)
class CorpusCounts(_Summable):
    """Explained documents, of these with gold labels; by label [labels] predicted so, and of that gold label."""

    documents: int
    with_gold: int
    predicted: Numbers
    gold: Numbers


@dataclass(frozen=True)
class MatchCounts(_Summable):
    """Counts by pattern [patterns], and the sums over the same documents; shards add up in any order.

    documents: explained documents in which the fragment occurs. occurrences: its places in them.
    predicted: of the documents those with the pattern's label by the model. with_gold: of the documents those with
    gold labels; gold: of these those with the pattern's label among them.
    """

    documents: Numbers
    occurrences: Numbers
    predicted: Numbers
    with_gold: Numbers
    gold: Numbers
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
    def remaining(self) -> Numbers:
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
