"""The pattern store: a SQLite file or a PostgreSQL database."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sql.address import mask_password
from sql.answers import StoreQueries
from sql.reading import reader_for
from sql.revision import check_store
from sql.saved_rules import RuleSetStorage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

    from sql.query import QueryName
    from sql.records import LedgerEntry, ReviewStatus, Row, RunResult, RunStart, UnfinishedStatus
    from sql.revision import Reader


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
            from sql.engine import create_store

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
        from sql import writing

        with self._transaction() as connection:
            return writing.start_run(connection, start, shards)

    def resume_run(self, run: int) -> None:
        """Takes a run up that nobody works at any more; of its shards none is running then.

        Raises:
            StoreError: another process works at it, or it is complete.
        """
        from sql import ledger, writing

        with self._transaction() as connection:
            ledger.claim(connection, run)
            writing.resume_run(connection, run)

    def ledger(self, run: int) -> list[LedgerEntry]:
        """All shards of a run by number, and what has become of them."""
        from sql.records import LedgerEntry

        names = [field.name for field in fields(LedgerEntry)]
        return [LedgerEntry(**{name: row[name] for name in names}) for row in self.rows("shards", run=run)]

    def record(self, run: int, entries: Sequence[LedgerEntry]) -> None:
        """Notes what has become of some shards, or with none of them, that this process is still at work.

        Raises:
            StoreError: the run doesn't belong to this process, or does no more.
        """
        from sql import ledger

        with self._transaction() as connection:
            ledger.record(connection, run, entries)

    def publish(self, run: int, result: RunResult) -> None:
        """Publishes a run's result and makes it current, at once: readers see what was current before, or this.

        The run is complete then; or incomplete, where shards have failed, and can be published once more.

        Raises:
            StoreError: the run isn't running, or the result doesn't fit; nothing has changed then.
        """
        from sql import writing

        with self._transaction() as connection:
            writing.publish(connection, run, result)

    def finish_run(self, run: int, status: UnfinishedStatus) -> None:
        """Leaves a run that has no result, or not all of it, to be gone on with.

        Raises:
            StoreError: this process doesn't work at the run.
        """
        from sql import writing

        with self._transaction() as connection:
            writing.finish_run(connection, run, status)

    def make_current(self, run: int) -> None:
        """Makes a published run the one that readers see.

        Raises:
            StoreError: the run isn't published.
        """
        from sql import writing

        with self._transaction() as connection:
            writing.make_current(connection, run)

    def delete_run(self, run: int) -> None:
        """Removes a run and what only it needed; reviews stay.

        Raises:
            StoreError: there is no such run, somebody works at it, or it is current and there are others.
        """
        from sql import deletion

        with self._transaction() as connection:
            deletion.delete_run(connection, run)

    def review(self, fragment: str, label: str, status: ReviewStatus, *, note: str = "", author: str = "") -> None:
        """Notes what `author` says of a pattern, for all runs that have it; the last review counts.

        Raises:
            StoreError: no run has that fragment as a pattern of that label.
        """
        from sql import reviewing

        with self._transaction() as connection:
            reviewing.add_review(connection, fragment, label, status, note=note, author=author)

    def undo_review(self, fragment: str, label: str) -> None:
        """Removes the last review of a pattern, so that the one before it counts again.

        Raises:
            StoreError: there is none.
        """
        from sql import reviewing

        with self._transaction() as connection:
            reviewing.undo_review(connection, fragment, label)

    def stream(self, query_name: QueryName, **filters: Any) -> Iterator[Row]:
        """What the method named `query_name` gives, as plain dicts one after the other, without loading pandas."""
        from sql.query import QUERIES

        with self._snapshot() as reader:
            yield from QUERIES[query_name](reader, **filters)

    def _transaction(self) -> AbstractContextManager[Connection]:
        from sql import engine

        return engine.transaction(self._address)

    def _snapshot(self) -> AbstractContextManager[Reader]:
        return self._open_reader()
