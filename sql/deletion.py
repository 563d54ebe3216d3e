"""Deletion of a run and of what only it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, exists, select

from camlode.config.errors import StoreError
from camlode.sql.fragments import delete_unused_fragments
from camlode.sql.ownership import has_ended, run_in_use_error
from camlode.sql.query.runs import PUBLISHED, missing_run_error
from camlode.sql.schema import CorpusRow, LabelRow, ModelRow, RunRow, ShardRow
from camlode.sql.writes import remove_result

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def delete_run(connection: Connection, run: int) -> None:
    """Delete `run` with its labels, patterns, examples, rejects and ledger, and the fragments, models and corpora that
    nothing else needs; reviews stay, with their fragments.

    Raises:
        StoreError: there is no such run, a process works at it, or it is current and there are other published runs.
    """
    row = connection.execute(select(RunRow.status, RunRow.current, RunRow.owner).where(RunRow.id == run)).one_or_none()
    if row is None:
        raise missing_run_error(run)
    if row.owner is not None and not has_ended(row.owner):
        raise run_in_use_error(run, row.owner)
    others = connection.scalars(select(RunRow.id).where(RunRow.id != run, RunRow.status.in_(PUBLISHED))).all()
    if row.current and others:
        raise StoreError(
            f"run {run} is the current run: make another run current first: camlode current STORE {max(others)}"
        )
    remove_result(connection, run)
    for model in (LabelRow, ShardRow):
        connection.execute(delete(model).where(model.run_id == run))
    connection.execute(delete(RunRow).where(RunRow.id == run))
    _delete_unused(connection, ModelRow, RunRow.model_id == ModelRow.id)
    _delete_unused(connection, CorpusRow, RunRow.corpus_id == CorpusRow.id)
    delete_unused_fragments(connection)


def _delete_unused(connection: Connection, model: Any, used: ColumnElement[bool]) -> None:
    connection.execute(delete(model).where(~exists().where(used)))
