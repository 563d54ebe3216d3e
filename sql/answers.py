"""What a store answers, as pandas tables or as plain rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from sql.query import QueryName
    from sql.records import Row


class StoreQueries(ABC):
    """The questions that a store answers.

    Each raises a StoreError where no run is published, or not the one that is named; where the run has no such label;
    or where a filter is none.
    """

    @abstractmethod
    def stream(self, query_name: QueryName, **filters: Any) -> Iterator[Row]:
        """What the method named `query_name` gives, as plain dicts one after the other, without loading pandas."""

    def rows(self, query_name: QueryName, **filters: Any) -> list[Row]:
        """What the method named `query_name` gives, as plain dicts and without loading pandas."""
        return list(self.stream(query_name, **filters))

    def frames(self, query_name: QueryName, rows: int = 100_000, **filters: Any) -> Iterator[pd.DataFrame]:
        """What the method named `query_name` gives, in tables of so many rows each: an answer that memory can't hold."""
        from sql.frames import to_frame

        remaining = self.stream(query_name, **filters)
        while chunk := list(islice(remaining, rows)):
            yield to_frame(query_name, chunk)

    def runs(self) -> pd.DataFrame:
        """All runs, whatever their status, in the order they were started."""
        return self._query_frame("runs")

    def labels(self, run: int | None = None) -> pd.DataFrame:
        """The labels in the model's order, with numbers of documents and patterns, and importance in logits."""
        return self._query_frame("labels", run=run)

    def patterns(
        self,
        label: str | None = None,
        run: int | None = None,
        top: int | None = None,
        contains: str | None = None,
        order: str = "importance",
        min_documents: int | None = None,
        min_precision: float | None = None,
        status: str | None = None,
        maximal: bool = False,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Patterns by label, best first, importances in logits.

        Args:
            label: of this label only.
            run: of this published run instead of the current one.
            top: only the first so many of each label that pass the other filters.
            contains: only fragments that hold this text, literally and with its case.
            order: by what, a key of sql.query.filters.ORDERS; ties are broken by the fragment's text.
            min_documents: only those important in so many documents.
            min_precision: only those of at least this precision (a probability, smoothed) for the model's label.
            status: only those whose last review says so ("accepted", "rejected", "spurious"), that have none
                ("unreviewed"), or that nobody has spoken against ("usable").
            maximal: leave out what a longer pattern of the label accounts for.
            offset: of each label leave out the first so many that pass the filters; `top` counts from there.

        Raises:
            StoreError: beside the above, `order` or `min_precision` needs the match pass, which the run went without.
        """
        filters = {name: value for name, value in locals().items() if name != "self"}
        return self._query_frame("patterns", **filters)

    def examples(
        self,
        label: str | None = None,
        fragment: str | None = None,
        run: int | None = None,
        kind: str | None = None,
    ) -> pd.DataFrame:
        """Places where patterns were important ("supporting"), and where they occur in documents of another label
        ("counter"), by label and rank; `fragment` is one pattern's whole text."""
        return self._query_frame("examples", label=label, fragment=fragment, run=run, kind=kind)

    def places(self, fragment: str) -> pd.DataFrame:
        """Every published run and label in which a fragment is a pattern, with its statistics there.

        Raises:
            StoreError: there is none.
        """
        return self._query_frame("places", fragment=fragment)

    def difference(self, before: int, after: int, label: str | None = None, top: int | None = 20) -> pd.DataFrame:
        """The patterns gained, lost and moved between two runs, by label, the biggest changes of share first.

        `top` of each label; None gives all.
        """
        return self._query_frame("difference", before=before, after=after, label=label, top=top)

    def difference_counts(self, before: int, after: int, label: str | None = None) -> pd.DataFrame:
        """By label, how many patterns two runs have, and how many of them were kept, gained and lost."""
        return self._query_frame("difference_counts", before=before, after=after, label=label)

    def rejects(self, run: int | None = None) -> pd.DataFrame:
        """How many documents were rejected for what reason, the most frequent first."""
        return self._query_frame("rejects", run=run)

    def reviews(self, fragment: str | None = None, label: str | None = None) -> pd.DataFrame:
        """What people said of patterns, oldest first; of several on the same fragment and label the last counts."""
        return self._query_frame("reviews", fragment=fragment, label=label)

    def shards(self, run: int | None = None) -> pd.DataFrame:
        """The ledger of every run, or of one: each shard and what has become of it."""
        return self._query_frame("shards", run=run)

    def rule_sets(self, name: str | None = None) -> pd.DataFrame:
        """All versions of all rule sets, or of the one of a name; `evaluations` are lists of what was measured."""
        return self._query_frame("rule_sets", name=name)

    def _query_frame(self, query_name: QueryName, **filters: Any) -> pd.DataFrame:
        from sql.frames import to_frame

        return to_frame(query_name, self.rows(query_name, **filters))
