"""The pattern store: a SQLite file or the database of a SQLAlchemy URL."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from sql import sqlite
from sql.query import QUESTIONS, Reader, check_tables

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import pandas as pd

    from sql.records import Row, RunResult, RunStart, Unfinished

Question = Literal["runs", "labels", "patterns", "examples", "rejects"]


class PatternStore:
    """Runs, and the patterns they found.

    Holds no connection between calls, so threads can share it and other processes can be sent it. Of the
    complete runs one is current: the last one published. Labels, patterns, examples and rejects are read from
    the current run or from another complete one that is named, and always whole.

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

    def start_run(self, start: RunStart) -> int:
        """Notes that a run has begun; returns its number. Readers see none of it but its line in `runs`."""
        from sql import engine, writing

        with engine.writing(self._address) as connection:
            return writing.start_run(connection, start)

    def publish(self, run: int, result: RunResult) -> None:
        """Completes a run and makes it current, at once: readers see the former current run or this one.

        Raises:
            StoreError: the run isn't running, or the result doesn't fit; nothing has changed then.
        """
        from sql import engine, writing

        with engine.writing(self._address) as connection:
            writing.publish(connection, run, result)

    def finish_run(self, run: int, status: Unfinished) -> None:
        """Ends a run that has no result.

        Raises:
            StoreError: the run isn't running.
        """
        from sql import engine, writing

        with engine.writing(self._address) as connection:
            writing.finish_run(connection, run, status)

    def runs(self) -> pd.DataFrame:
        """All runs, whatever their status, in the order they were started."""
        return self._frame("runs")

    def labels(self, run: int | None = None) -> pd.DataFrame:
        """The labels in the model's order, with numbers of documents and importance in logits.

        Raises:
            StoreError: no run is complete, or `run` isn't.
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
            run: of this complete run instead of the current one.
            top: only the first so many of each label.
            contains: only fragments that hold this text, literally and with its case; applied before `top`.

        Raises:
            StoreError: no run is complete, or `run` isn't; the run has no such label; `top` is below 1.
        """
        return self._frame("patterns", label=label, run=run, top=top, contains=contains)

    def examples(self, label: str | None = None, fragment: str | None = None, run: int | None = None) -> pd.DataFrame:
        """Places where patterns were important, by label and rank; `fragment` is one pattern's whole text.

        Raises:
            StoreError: no run is complete, or `run` isn't; the run has no such label.
        """
        return self._frame("examples", label=label, fragment=fragment, run=run)

    def rejects(self, run: int | None = None) -> pd.DataFrame:
        """How many documents were rejected for what reason, the most frequent first.

        Raises:
            StoreError: no run is complete, or `run` isn't.
        """
        return self._frame("rejects", run=run)

    def rows(self, question: Question, **filters: str | int | None) -> list[Row]:
        """What the method named `question` gives, as plain dicts and without loading pandas."""
        with self._reading() as reader:
            return QUESTIONS[question](reader, **filters)

    def _frame(self, question: Question, **filters: str | int | None) -> pd.DataFrame:
        from sql.frames import frame

        return frame(question, self.rows(question, **filters))

    def _reading(self) -> AbstractContextManager[Reader]:
        path = sqlite.file_of(self._address)
        if path is not None:  # without SQLAlchemy, which takes longer to import than most questions to answer
            return sqlite.reading(path)
        from sql import engine

        return engine.reading(self._address)
