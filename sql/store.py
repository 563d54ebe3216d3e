"""The pattern store: a SQLite file or a PostgreSQL database."""
# MERGED: What a store answers, as pandas tables or as plain rows.
# MERGED: Rule sets in a store: kept, measured, given back.
# MERGED: Whether there is a store at an address; nothing is made or changed.

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError
from camlode.sql import sqlite
from camlode.sql.address import mask_password
from camlode.sql.reading import reader_for
from camlode.sql.revision import check_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd
    from sqlalchemy import Connection

    from camlode.sql.query import QueryName
    from camlode.sql.records import LedgerEntry, ReviewStatus, Row, RuleMeasure, RunResult, RunStart, UnfinishedStatus
    from camlode.sql.revision import Reader


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
        from camlode.sql.frames import to_frame

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
            order: by what, a key of camlode.sql.query.patterns.ORDERS; ties are broken by the fragment's text.
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
        from camlode.sql.frames import to_frame

        return to_frame(query_name, self.rows(query_name, **filters))


class RuleSetStorage(ABC):
    """The rule sets of a store, each with its versions; none is ever changed, an edited one is the next version."""

    def save_rules(
        self,
        name: str,
        content: str,
        run: int | None = None,
        measures: Sequence[RuleMeasure] = (),
        *,
        author: str = "",
    ) -> int:
        """Keeps the text of a rule file as the next version of the rule set `name`; returns the version, from 1.

        `run` is the run whose patterns the rules are; the rule set stays when the run is deleted.

        Raises:
            StoreError: the name can't be one, the text is no rule file, there is no such run, or a measure is no
                number.
        """
        from camlode.sql import rule_sets

        with self._transaction() as connection:
            version = rule_sets.add_rules(connection, name, content, run, author)
            rule_sets.add_measures(connection, name, version, measures)
            return version

    def save_measures(self, name: str, version: int | None, measures: Sequence[RuleMeasure]) -> None:
        """Notes how good a version of a rule set is, or its last one; the same measure of the same texts is replaced.

        Raises:
            StoreError: there is no such rule set, or a measure is no number.
        """
        from camlode.sql import rule_sets

        with self._transaction() as connection:
            rule_sets.add_measures(connection, name, version, measures)

    def rules(self, name: str, version: int | None = None) -> str:
        """The text of a rule set's file: of its last version, or of the one that is named.

        Raises:
            StoreError: there is none.
        """
        from camlode.sql.query.rule_sets import content

        with self._snapshot() as reader:
            return content(reader, name, version)

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that writes."""

    @abstractmethod
    def _snapshot(self) -> AbstractContextManager[Reader]:
        """One snapshot."""


class PatternStore(RuleSetStorage, StoreQueries):
    """Runs, the patterns they found, and the rule sets that were made of these.

    Threads can share it and other processes can be sent it. Of the published runs one is current: the last one
    published. Labels, patterns, examples and rejects are read from the current run or from another published one that
    is named, and always whole.

    Args:
        url: path of a SQLite file, or `postgresql://USER:PASSWORD@HOST/DATABASE`.
        create: make the store if it is not there yet.

    Raises:
        StoreError: there is no store (unless `create`), or something else, or one of another revision, or it cannot be
            opened.
    """

    def __init__(self, url: str | os.PathLike[str], create: bool = False) -> None:
        self._address = os.fspath(url)
        self._open_reader = reader_for(self._address)
        if create:
            from camlode.sql.engine import create_store

            create_store(self._address)
            return
        with self._snapshot() as reader:
            check_store(reader)

    @property
    def name(self) -> str:
        """The path or URL of the store, without a password."""
        return mask_password(self._address)

    def start_run(self, start: RunStart, shards: Sequence[LedgerEntry] = ()) -> int:
        """Notes that this process has begun a run over `shards`; returns its number.

        Readers see none of it but its line in `runs`.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            return writes.start_run(connection, start, shards)

    def resume_run(self, run: int) -> None:
        """Takes a run up that nobody works at any more; of its shards none is running then.

        Raises:
            StoreError: another process works at it, or it is complete.
        """
        from camlode.sql import ledger, writes

        with self._transaction() as connection:
            ledger.claim(connection, run)
            writes.resume_run(connection, run)

    def ledger(self, run: int) -> list[LedgerEntry]:
        """All shards of a run by number, and what has become of them."""
        from camlode.sql.records import LedgerEntry

        names = [field.name for field in fields(LedgerEntry)]
        return [LedgerEntry(**{name: row[name] for name in names}) for row in self.rows("shards", run=run)]

    def record(self, run: int, entries: Sequence[LedgerEntry]) -> None:
        """Notes what has become of some shards, or with none of them, that this process is still at work.

        Raises:
            StoreError: the run doesn't belong to this process, or does no more.
        """
        from camlode.sql import ledger

        with self._transaction() as connection:
            ledger.record(connection, run, entries)

    def publish(self, run: int, result: RunResult) -> None:
        """Publishes a run's result and makes it current, at once: readers see what was current before, or this.

        The run is complete then; or incomplete, where shards have failed, and can be published once more.

        Raises:
            StoreError: the run isn't running, or the result doesn't fit; nothing has changed then.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.publish(connection, run, result)

    def finish_run(self, run: int, status: UnfinishedStatus) -> None:
        """Leaves a run that has no result, or not all of it, to be gone on with.

        Raises:
            StoreError: this process doesn't work at the run.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.finish_run(connection, run, status)

    def make_current(self, run: int) -> None:
        """Makes a published run the one that readers see.

        Raises:
            StoreError: the run isn't published.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.make_current(connection, run)

    def delete_run(self, run: int) -> None:
        """Removes a run and what only it needed; reviews stay.

        Raises:
            StoreError: there is no such run, somebody works at it, or it is current and there are others.
        """
        from camlode.sql import deletion

        with self._transaction() as connection:
            deletion.delete_run(connection, run)

    def review(self, fragment: str, label: str, status: ReviewStatus, *, note: str = "", author: str = "") -> None:
        """Notes what `author` says of a pattern, for all runs that have it; the last review counts.

        Raises:
            StoreError: no run has that fragment as a pattern of that label.
        """
        from camlode.sql import reviews

        with self._transaction() as connection:
            reviews.add_review(connection, fragment, label, status, note=note, author=author)

    def undo_review(self, fragment: str, label: str) -> None:
        """Removes the last review of a pattern, so that the one before it counts again.

        Raises:
            StoreError: there is none.
        """
        from camlode.sql import reviews

        with self._transaction() as connection:
            reviews.undo_review(connection, fragment, label)

    def stream(self, query_name: QueryName, **filters: Any) -> Iterator[Row]:
        """What the method named `query_name` gives, as plain dicts one after the other, without loading pandas."""
        from camlode.sql.query import QUERIES

        with self._snapshot() as reader:
            yield from QUERIES[query_name](reader, **filters)

    def _transaction(self) -> AbstractContextManager[Connection]:
        from camlode.sql import engine

        return engine.transaction(self._address)

    def _snapshot(self) -> AbstractContextManager[Reader]:
        return self._open_reader()


def store_exists(address: str) -> bool:
    """Whether there is a store at the file or URL `address`; False where a job would make one.

    Raises:
        StoreError: there is something else, or a store of another revision; it can't be opened, or none could be made.
    """
    path = sqlite.path_from_url(address)
    if path is not None and not path.exists():
        _check_folder(path)
        return False
    with reader_for(address)() as reader:
        if not reader.tables():
            return False
        check_store(reader)
    return True


def _check_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist: make it, or name another")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise StoreError(f"{path}: the folder {path.parent} may not be written: name another")
