"""The pattern store: a SQLite file or the database of a SQLAlchemy URL."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Literal

from sql import sqlite
from sql.query import QUESTIONS, Reader, check_tables

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import pandas as pd
    from sqlalchemy import Connection

    from sql.records import LedgerEntry, Row, RunResult, RunStart, Unfinished

Question = Literal["runs", "labels", "patterns", "examples", "rejects", "shards"]


class PatternStore:
    """Runs, and the patterns they found.

    Holds no connection between calls, so threads can share it and other processes can be sent it. Of the
    published runs one is current: the last one published. Labels, patterns, examples and rejects are read from
    the current run or from another published one that is named, and always whole.

    Args:
        url: path of a SQLite file, or a SQLAlchemy URL.
        create: make the store if it is not there yet.

    Raises:
        StoreError: there is no store (unless `create`), or something else, or it cannot be opened.
    """

    def __init__(self, url: str | os.PathLike[str], create: bool = False) -> None:
        self._address = os.fspath(url)
        if create:
            from sql.engine import create_store

            create_store(self._address)
            return
        with self._reading() as reader:
            check_tables(reader.tables(), reader.name)

    def start_run(self, start: RunStart, shards: Sequence[LedgerEntry] = ()) -> int:
        """Notes that this process has begun a run over `shards`; returns its number.

        Readers see none of it but its line in `runs`.
        """
        from sql import writing

        with self._writing() as connection:
            return writing.start_run(connection, start, shards)

    def resume_run(self, run: int) -> None:
        """Takes a run up that nobody works at any more; of its shards none is running then.

        Raises:
            StoreError: another process works at it, or it is complete.
        """
        from sql import ledger, writing

        with self._writing() as connection:
            ledger.claim(connection, run)
            writing.go_on(connection, run)

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

        with self._writing() as connection:
            ledger.record(connection, run, entries)

    def publish(self, run: int, result: RunResult) -> None:
        """Publishes a run's result and makes it current, at once: readers see what was current before, or this.

        The run is complete then; or incomplete, where shards have failed, and can be published once more.

        Raises:
            StoreError: the run isn't running, or the result doesn't fit; nothing has changed then.
        """
        from sql import writing

        with self._writing() as connection:
            writing.publish(connection, run, result)

    def finish_run(self, run: int, status: Unfinished) -> None:
        """Leaves a run that has no result, or not all of it, to be gone on with.

        Raises:
            StoreError: this process doesn't work at the run.
        """
        from sql import writing

        with self._writing() as connection:
            writing.finish_run(connection, run, status)

    def make_current(self, run: int) -> None:
        """Makes a published run the one that readers see.

        Raises:
            StoreError: the run isn't published.
        """
        from sql import writing

        with self._writing() as connection:
            writing.make_current(connection, run)

    def runs(self) -> pd.DataFrame:
        """All runs, whatever their status, in the order they were started."""
        return self._frame("runs")

    def labels(self, run: int | None = None) -> pd.DataFrame:
        """The labels in the model's order, with numbers of documents and importance in logits.

        Raises:
            StoreError: no run is published, or `run` isn't.
        """
        return self._frame("labels", run=run)

    def patterns(
        self,
        label: str | None = None,
        run: int | None = None,
        top: int | None = None,
        contains: str | None = None,
    ) -> pd.DataFrame:
        """Patterns by label and rank, importances in logits.

        Args:
            label: of this label only.
            run: of this published run instead of the current one.
            top: only the first so many of each label.
            contains: only fragments that hold this text, literally and with its case; applied before `top`.

        Raises:
            StoreError: no run is published, or `run` isn't; the run has no such label; `top` is below 1.
        """
        return self._frame("patterns", label=label, run=run, top=top, contains=contains)

    def examples(self, label: str | None = None, fragment: str | None = None, run: int | None = None) -> pd.DataFrame:
        """Places where patterns were important, by label and rank; `fragment` is one pattern's whole text.

        Raises:
            StoreError: no run is published, or `run` isn't; the run has no such label.
        """
        return self._frame("examples", label=label, fragment=fragment, run=run)

    def rejects(self, run: int | None = None) -> pd.DataFrame:
        """How many documents were rejected for what reason, the most frequent first.

        Raises:
            StoreError: no run is published, or `run` isn't.
        """
        return self._frame("rejects", run=run)

    def shards(self, run: int | None = None) -> pd.DataFrame:
        """The ledger of every run, or of one: each shard and what has become of it."""
        return self._frame("shards", run=run)

    def rows(self, question: Question, **filters: str | int | None) -> list[Row]:
        """What the method named `question` gives, as plain dicts and without loading pandas."""
        with self._reading() as reader:
            return QUESTIONS[question](reader, **filters)

    def _frame(self, question: Question, **filters: str | int | None) -> pd.DataFrame:
        from sql.frames import frame

        return frame(question, self.rows(question, **filters))

    def _writing(self) -> AbstractContextManager[Connection]:
        from sql import engine

        return engine.writing(self._address)

    def _reading(self) -> AbstractContextManager[Reader]:
        path = sqlite.file_of(self._address)
        if path is not None:  # without SQLAlchemy, which takes longer to import than most questions to answer
            return sqlite.reading(path)
        from sql import engine

        return engine.reading(self._address)
