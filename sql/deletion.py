"""Removing a run, and what only it needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, exists, select

from config.errors import StoreError
from sql.fragments import forget_unused
from sql.ownership import at_work, has_ended
from sql.query.runs import PUBLISHED
from sql.results import remove_result
from sql.schema import Corpus, Label, LedgerShard, Model, Run

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def delete_run(connection: Connection, run: int) -> None:
    """Removes `run` with its labels, patterns, examples, rejects and ledger, and the fragments, models and corpora that
    nothing else needs; reviews stay, with their fragments.

    Raises:
        StoreError: there is no such run, somebody works at it, or it is current and there are others to choose from.
    """
    row = connection.execute(select(Run.status, Run.current, Run.owner).where(Run.id == run)).one_or_none()
    if row is None:
        raise StoreError(f"there is no run {run}: camlode runs lists them")
    if row.owner is not None and not has_ended(row.owner):
        raise at_work(run, row.owner)
    others = connection.scalars(select(Run.id).where(Run.id != run, Run.status.in_(PUBLISHED))).all()
    if row.current and others:
        raise StoreError(
            f"run {run} is the current one: make another current first, such as: camlode current STORE {max(others)}"
        )
    remove_result(connection, run)
    for model in (Label, LedgerShard):
        connection.execute(delete(model).where(model.run_id == run))
    connection.execute(delete(Run).where(Run.id == run))
    _forget(connection, Model, Run.model_id == Model.id)
    _forget(connection, Corpus, Run.corpus_id == Corpus.id)
    forget_unused(connection)


def _forget(connection: Connection, model: Any, used: ColumnElement[bool]) -> None:
    connection.execute(delete(model).where(~exists().where(used)))
