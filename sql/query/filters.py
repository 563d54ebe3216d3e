"""In which order patterns are answered, and which of them."""

from __future__ import annotations

from typing import NamedTuple

from config.errors import StoreError
from config.names import did_you_mean

ORDERS = {
    "importance": "patterns.rank",
    "mean": "patterns.mean DESC",
    "precision": "patterns.precision DESC NULLS LAST",
    "gold-precision": "patterns.gold_precision DESC NULLS LAST",
    "weighted": "patterns.importance * patterns.precision DESC NULLS LAST",
    "log-odds": "patterns.log_odds_z DESC NULLS LAST",
    "c-value": "patterns.c_value DESC",
}
"""How patterns can be ordered; ties are broken by text. "weighted" is importance × precision."""

STATUSES = ("accepted", "rejected", "spurious", "unreviewed", "usable")
"""What reviews can be asked for: the last one of a pattern; that there is none; that it is not one against it."""

ORDERS_NEEDING_MATCHES = ("precision", "gold-precision", "weighted", "log-odds")

REVIEW = """(
    SELECT reviews.status FROM reviews
    WHERE reviews.fragment_id = patterns.fragment_id AND reviews.label = labels.name
    ORDER BY reviews.id DESC LIMIT 1
)"""
"""The last review of a pattern, null where there is none."""


MAX_ROWS = 2**31 - 1
"""More than any label has patterns."""


class FilterClauses(NamedTuple):
    """Conditions in SQL with the values of their parameters, what to sort by, and how many to take of each label after
    how many that are left out."""

    conditions: str
    values: dict[str, object]
    order: str
    top: int | None
    offset: int

    @property
    def is_rank_order(self) -> bool:
        """Whether the patterns of a label are wanted just as they are numbered."""
        return not self.conditions and self.order.startswith(f"{ORDERS['importance']},")


def build_filters(
    order: str,
    top: int | None,
    min_documents: int | None,
    min_precision: float | None,
    status: str | None,
    maximal: bool,
    offset: int = 0,
) -> FilterClauses:
    """The filters in SQL.

    Raises:
        StoreError: `top` is below 1, `offset` below 0, or there is no such order or status.
    """
    if top is not None and top < 1:
        raise StoreError(f"top must be at least 1, not {top}")
    if offset < 0:
        raise StoreError(f"offset must be at least 0, not {offset}")
    if order not in ORDERS:
        raise StoreError(f"there is no order {order!r}: {did_you_mean(order, [*ORDERS])}")
    if status is not None and status not in STATUSES:
        raise StoreError(f"there is no status {status!r}: {did_you_mean(status, STATUSES)}")
    conditions: dict[str, object] = {}
    if min_documents is not None:
        conditions["patterns.documents >= :min_documents"] = min(min_documents, 2**62)
    if min_precision is not None:
        conditions["patterns.precision >= :min_precision"] = min_precision
    clauses = "".join(f" AND {condition}" for condition in [*conditions, *_status_conditions(status)])
    values = {condition.rpartition(":")[2]: value for condition, value in conditions.items()}
    if status in ("accepted", "rejected", "spurious"):
        values["status"] = status
    clauses += " AND patterns.maximal" if maximal else ""
    sorting = f"{ORDERS[order]}, fragments.text"
    return FilterClauses(clauses, values, sorting, top and min(top, MAX_ROWS), min(offset, MAX_ROWS))


def _status_conditions(status: str | None) -> list[str]:
    if status is None:
        return []
    if status == "unreviewed":
        return [f"{REVIEW} IS NULL"]
    if status == "usable":
        return [f"coalesce({REVIEW}, 'accepted') = 'accepted'"]
    # Few fragments have been reviewed at all: the others needn't be looked up one by one.
    return ["patterns.fragment_id IN (SELECT reviews.fragment_id FROM reviews)", f"{REVIEW} = :status"]
