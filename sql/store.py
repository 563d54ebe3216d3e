"""The pattern store: a SQLite file or a PostgreSQL database."""

from __future__ import annotations

import os
from dataclasses import fields
from itertools import islice
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError
from camlode.sql import sqlite
from camlode.sql.reading import reader_for
from camlode.sql.revision import check_store
from camlode.sql.store_url import mask_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd
    from sqlalchemy import Connection

    from camlode.sql.query import QueryName
    from camlode.sql.records import LedgerEntry, ReviewStatus, Row, RuleMeasure, RunResult, RunStart, UnfinishedStatus
    from camlode.sql.revision import Reader


class PatternStore:
    """Runs, the patterns they found, reviews of these, and rule sets.

    Threads can share a store, and it can be pickled. One of the published runs is current: the last one published,
    unless `make_current` chose another. Labels, patterns, examples and rejects are read from the current run or from
    another published run that is named.

    Each query returns a pandas table; `rows` and `stream` return the same as dicts without loading pandas. A query
    raises a StoreError if no run is published, the named run is not, the run has no such label, or a filter is invalid.

    Args:
        url: path of a SQLite file, or `postgresql://USER:PASSWORD@HOST/DATABASE`.
        create: create the store if it does not exist.

    Raises:
        StoreError: there is no store (unless `create`), or something else, or a store of another revision, or it cannot
            be opened.
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

    # Queries

    def stream(self, query_name: QueryName, **filters: Any) -> Iterator[Row]:
        """Yield the rows of the query method `query_name` as dicts, without loading all of them."""
        from camlode.sql.query import QUERIES

        with self._snapshot() as reader:
            yield from QUERIES[query_name](reader, **filters)

    def rows(self, query_name: QueryName, **filters: Any) -> list[Row]:
        """Return the rows of the query method `query_name` as dicts."""
        return list(self.stream(query_name, **filters))

    def iter_frames(self, query_name: QueryName, rows: int = 100_000, **filters: Any) -> Iterator[pd.DataFrame]:
        """Yield the result of the query method `query_name` in tables of `rows` rows, for results beyond memory."""
        from camlode.sql.frames import to_frame

        remaining = self.stream(query_name, **filters)
        while chunk := list(islice(remaining, rows)):
            yield to_frame(query_name, chunk)

    def runs(self) -> pd.DataFrame:
        """Return all runs, whatever their status, in the order they were started."""
        return self._query_frame("runs")

    def run(self, run: int) -> Row:
        """Return one run's row of `runs`, whatever its status.

        Raises:
            StoreError: there is no such run.
        """
        from camlode.sql.query.runs import missing_run_error

        rows = self.rows("runs", run=run) if run < 2**31 else []  # beyond what a run's column can hold
        if not rows:
            raise missing_run_error(run)
        return rows[0]

    def labels(self, run: int | None = None) -> pd.DataFrame:
        """Return the labels in the model's order, with numbers of documents and patterns, and importance in logits."""
        return self._query_frame("labels", run=run)

    def patterns(self, label: str | None = None, run: int | None = None, **filters: Any) -> pd.DataFrame:
        """Return patterns by label, best first, importances in logits.

        Args:
            label: only patterns of this label.
            run: the published run; None: the current one.
            filters: the other fields of `camlode.sql.PatternFilter`: top, contains, order, min_documents,
                min_precision, status, maximal, offset.

        Raises:
            StoreError: also if `order` or `min_precision` needs the match pass and the run has none.
        """
        from camlode.sql.query.patterns import PatternFilter

        return self._query_frame("patterns", filters=PatternFilter(label, run, **filters))

    def examples(
        self, label: str | None = None, fragment: str | None = None, run: int | None = None, kind: str | None = None
    ) -> pd.DataFrame:
        """Return examples by label and rank; `fragment` is the whole text of one pattern.

        Of `kind` "supporting": places where a pattern was important; "counter": places where it occurs in a document
        that was not predicted the label.
        """
        return self._query_frame("examples", label=label, fragment=fragment, run=run, kind=kind)

    def places(self, fragment: str) -> pd.DataFrame:
        """Return every published run and label in which a fragment is a pattern, with its statistics there.

        Raises:
            StoreError: there is none.
        """
        return self._query_frame("places", fragment=fragment)

    def difference(self, before: int, after: int, label: str | None = None, top: int | None = 20) -> pd.DataFrame:
        """Return the patterns gained, lost and moved between two runs, by label, the largest changes of share first.

        `top` is the number of patterns per label; None: all.
        """
        return self._query_frame("difference", before=before, after=after, label=label, top=top)

    def difference_counts(self, before: int, after: int, label: str | None = None) -> pd.DataFrame:
        """Return by label the numbers of patterns of two runs, and of those kept, gained and lost."""
        return self._query_frame("difference_counts", before=before, after=after, label=label)

    def rejects(self, run: int | None = None) -> pd.DataFrame:
        """Return the numbers of rejected documents by reason, the most frequent first."""
        return self._query_frame("rejects", run=run)

    def reviews(self, fragment: str | None = None, label: str | None = None) -> pd.DataFrame:
        """Return all reviews, oldest first; the last review of a fragment and label counts."""
        return self._query_frame("reviews", fragment=fragment, label=label)

    def shards(self, run: int | None = None) -> pd.DataFrame:
        """Return the ledger of all runs, or of one: each shard and its state."""
        return self._query_frame("shards", run=run)

    def rule_sets(self, name: str | None = None) -> pd.DataFrame:
        """Return all versions of all rule sets, or of one; `evaluations` are lists of measures."""
        return self._query_frame("rule_sets", name=name)

    # Runs

    def start_run(self, start: RunStart, shards: Sequence[LedgerEntry] = ()) -> int:
        """Add a run over `shards` that this process owns; return its number.

        Until it is published, readers see only its row in `runs`.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            return writes.start_run(connection, start, shards)

    def resume_run(self, run: int) -> None:
        """Make this process the owner of an unfinished run, and reset its running shards to pending.

        Raises:
            StoreError: another process is working on the run, or it is complete.
        """
        from camlode.sql import ledger, writes

        with self._transaction() as connection:
            ledger.claim(connection, run)
            writes.resume_run(connection, run)

    def ledger(self, run: int) -> list[LedgerEntry]:
        """Return all shards of a run by number, with their states."""
        from camlode.sql.records import LedgerEntry

        names = [field.name for field in fields(LedgerEntry)]
        return [LedgerEntry(**{name: row[name] for name in names}) for row in self.rows("shards", run=run)]

    def record(self, run: int, entries: Sequence[LedgerEntry]) -> None:
        """Write the states of some shards and renew the run's heartbeat; without `entries` only the heartbeat.

        Raises:
            StoreError: this process does not own the run, or another has taken it over.
        """
        from camlode.sql import ledger

        with self._transaction() as connection:
            ledger.record(connection, run, entries)

    def publish(self, run: int, result: RunResult) -> None:
        """Publish a run's result and make it current, in one transaction: readers see the former run or this one.

        The run is complete then; or incomplete, if shards have failed, and can be published again.

        Raises:
            StoreError: the run is not running, or the result is inconsistent; nothing has changed then.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.publish(connection, run, result)

    def finish_run(self, run: int, status: UnfinishedStatus) -> None:
        """Mark a run without a result, or with a part of it, as failed or interrupted, so that it can be resumed.

        Raises:
            StoreError: this process does not own the run.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.finish_run(connection, run, status)

    def make_current(self, run: int) -> None:
        """Make a published run the current one.

        Raises:
            StoreError: the run is not published.
        """
        from camlode.sql import writes

        with self._transaction() as connection:
            writes.make_current(connection, run)

    def delete_run(self, run: int) -> None:
        """Delete a run and what only it needs; reviews stay.

        Raises:
            StoreError: there is no such run, a process works at it, or it is current and there are other published
                runs.
        """
        from camlode.sql import deletion

        with self._transaction() as connection:
            deletion.delete_run(connection, run)

    # Reviews

    def review(self, fragment: str, label: str, status: ReviewStatus, *, note: str = "", author: str = "") -> None:
        """Add a review of a pattern, which counts for all runs that have it; the last review counts.

        Raises:
            StoreError: no run has that fragment as a pattern of that label, or the status is invalid.
        """
        from camlode.sql import reviews

        with self._transaction() as connection:
            reviews.add_review(connection, fragment, label, status, note=note, author=author)

    def undo_review(self, fragment: str, label: str) -> None:
        """Delete the last review of a pattern, so that the one before counts again.

        Raises:
            StoreError: there is none.
        """
        from camlode.sql import reviews

        with self._transaction() as connection:
            reviews.undo_review(connection, fragment, label)

    # Rule sets: versions never change; an edited rule set is saved as the next version.

    def save_rules(
        self,
        name: str,
        content: str,
        run: int | None = None,
        measures: Sequence[RuleMeasure] = (),
        *,
        author: str = "",
    ) -> int:
        """Save the text of a rule file as the next version of the rule set `name`; return the version, from 1.

        `run` is the run whose patterns the rules are; the rule set stays when the run is deleted.

        Raises:
            StoreError: the name is invalid, the text is not a rule file, there is no such run, or a measure is not a
                finite number.
        """
        from camlode.sql import rule_sets

        with self._transaction() as connection:
            version = rule_sets.add_rules(connection, name, content, run, author)
            rule_sets.add_measures(connection, name, version, measures)
            return version

    def save_measures(self, name: str, version: int | None, measures: Sequence[RuleMeasure]) -> None:
        """Save the quality of a version of a rule set, or of its last one; equal measures of a corpus are replaced.

        Raises:
            StoreError: there is no such rule set, or a measure is not a finite number.
        """
        from camlode.sql import rule_sets

        with self._transaction() as connection:
            rule_sets.add_measures(connection, name, version, measures)

    def rules(self, name: str, version: int | None = None) -> str:
        """Return the text of a rule set's file: of the last version, or of `version`.

        Raises:
            StoreError: there is none.
        """
        from camlode.sql.query.rule_sets import content

        with self._snapshot() as reader:
            return content(reader, name, version)

    def _query_frame(self, query_name: QueryName, **filters: Any) -> pd.DataFrame:
        from camlode.sql.frames import to_frame

        return to_frame(query_name, self.rows(query_name, **filters))

    def _transaction(self) -> AbstractContextManager[Connection]:
        from camlode.sql import engine  # SQLAlchemy is loaded by writers only

        return engine.transaction(self._address)

    def _snapshot(self) -> AbstractContextManager[Reader]:
        return self._open_reader()


def store_exists(address: str) -> bool:
    """Whether there is a store at the file or URL `address`; False if a job would create one.

    Raises:
        StoreError: there is something else, or a store of another revision; it cannot be opened, or none could be
            created.
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
        raise StoreError(f"{path}: the folder {path.parent} is not writable: name another")
