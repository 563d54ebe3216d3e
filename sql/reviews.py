"""Writing reviews of patterns, within the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, select

from camlode.config.errors import StoreError, did_you_mean
from camlode.sql.query.runs import require_encodable
from camlode.sql.schema import FragmentRow, LabelRow, PatternRow, ReviewRow

if TYPE_CHECKING:
    from camlode.sql.records import ReviewStatus


def add_review(
    connection: Connection, fragment: str, label: str, status: ReviewStatus, *, note: str, author: str
) -> None:
    """Add a review of a pattern; earlier reviews of it stay, but no longer count.

    Raises:
        StoreError: no run has that fragment as a pattern of that label, or the status is not a valid one.
    """
    if status not in ("accepted", "rejected", "spurious"):
        raise StoreError(f"status is {status!r}: expected accepted, rejected or spurious")
    values = {
        "label": label,
        "status": status,
        "note": require_encodable("note", note),
        "author": require_encodable("author", author),
    }
    number = _find_pattern_fragment(connection, fragment, label)
    connection.execute(insert(ReviewRow).values(**values, fragment_id=number, time=datetime.now(UTC)))


def undo_review(connection: Connection, fragment: str, label: str) -> None:
    """Delete the last review of a pattern, so that the one before counts again.

    Raises:
        StoreError: there is none.
    """
    last = (
        select(func.max(ReviewRow.id))
        .join(FragmentRow, FragmentRow.id == ReviewRow.fragment_id)
        .where(
            FragmentRow.text == require_encodable("fragment", fragment),
            ReviewRow.label == require_encodable("label", label),
        )
    )
    number = connection.scalar(last)
    if number is None:
        raise StoreError(f"{fragment[:50]!r} has no review for the label {label!r}: camlode reviews lists them")
    connection.execute(delete(ReviewRow).where(ReviewRow.id == number))


def _find_pattern_fragment(connection: Connection, fragment: str, label: str) -> int:
    found = connection.scalar(
        select(FragmentRow.id)
        .join(PatternRow, PatternRow.fragment_id == FragmentRow.id)
        .join(LabelRow, LabelRow.id == PatternRow.label_id)
        .where(
            FragmentRow.text == require_encodable("fragment", fragment),
            LabelRow.name == require_encodable("label", label),
        )
        .limit(1)
    )
    if found is not None:
        return int(found)
    known = connection.scalars(select(LabelRow.name).distinct().order_by(LabelRow.name)).all()
    if label not in known:
        raise StoreError(f"no run has a label {label!r}: {did_you_mean(label, known)}")
    raise StoreError(
        f"{fragment[:50]!r} is no pattern of the label {label!r} in any run: camlode query --contains finds those that "
        "hold a text"
    )
