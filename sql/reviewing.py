"""What people say of patterns, within a transaction of the caller's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from config.errors import StoreError
from config.names import which
from sql.query.runs import encodable
from sql.schema import Fragment, Label, Pattern, Review

if TYPE_CHECKING:
    from sql.records import Verdict


def add_review(connection: Connection, fragment: str, label: str, status: Verdict, *, note: str, author: str) -> None:
    """Notes what `author` says of a pattern; an earlier review of it stays, but counts no more.

    Raises:
        StoreError: no run has that fragment as a pattern of that label, or the status is none.
    """
    if status not in ("accepted", "rejected", "spurious"):
        raise StoreError(f"status is {status!r}: expected accepted, rejected or spurious")
    values = {"label": label, "status": status, "note": encodable("note", note), "author": encodable("author", author)}
    number = _pattern_fragment(connection, fragment, label)
    connection.execute(insert(Review).values(**values, fragment_id=number, time=datetime.now(UTC)))


def undo_review(connection: Connection, fragment: str, label: str) -> None:
    """Removes the last review of a pattern, so that the one before it counts again.

    Raises:
        StoreError: there is none.
    """
    last = (
        select(func.max(Review.id))
        .join(Fragment, Fragment.id == Review.fragment_id)
        .where(Fragment.text == encodable("fragment", fragment), Review.label == encodable("label", label))
    )
    number = connection.scalar(last)
    if number is None:
        raise StoreError(f"{fragment[:50]!r} has no review for the label {label!r}: camlode reviews lists them")
    connection.execute(delete(Review).where(Review.id == number))


def _pattern_fragment(connection: Connection, fragment: str, label: str) -> int:
    found = connection.scalar(
        select(Fragment.id)
        .join(Pattern, Pattern.fragment_id == Fragment.id)
        .join(Label, Label.id == Pattern.label_id)
        .where(Fragment.text == encodable("fragment", fragment), Label.name == encodable("label", label))
        .limit(1)
    )
    if found is not None:
        return int(found)
    known = connection.scalars(select(Label.name).distinct().order_by(Label.name)).all()
    if label not in known:
        raise StoreError(f"no run has a label {label!r}: {which(label, known)}")
    raise StoreError(
        f"{fragment[:50]!r} is no pattern of the label {label!r} in any run: camlode query --contains finds those that "
        "hold a text"
    )
