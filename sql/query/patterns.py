"""The question that a store is for: which patterns speak for a label."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from config.errors import StoreError
from config.names import which
from sql.query.runs import encodable, label_ids, published_run
from sql.search import CONDITIONS, CONTAINS, pairs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sql.records import Row
    from sql.revision import Reader

MEASURES = (
    "units",
    "importance",
    "mean",
    "share",
    "documents",
    "occurrences",
    "matched_documents",
    "matched_occurrences",
    "predicted_documents",
    "labelled_documents",
    "gold_documents",
    "precision",
    "precision_lower",
    "gold_precision",
    "gold_precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
    "c_value",
    "maximal",
)
"""What is known of a pattern beside its rank, in the order of the table's columns."""

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

NEEDS_MATCHES = ("precision", "gold-precision", "weighted", "log-odds")

REVIEW = """(
    SELECT reviews.status FROM reviews
    WHERE reviews.fragment_id = patterns.fragment_id AND reviews.label = labels.name
    ORDER BY reviews.id DESC LIMIT 1
)"""
"""The last review of a pattern, null where there is none."""

_COLUMNS = f"""
       labels.run_id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment,
       {", ".join(f"patterns.{name}" for name in MEASURES)}, {REVIEW} AS review"""

_OF_LABEL = f"""
SELECT {_COLUMNS}
FROM labels
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id
WHERE labels.id = :label_id {{conditions}}
ORDER BY {{order}} {{limit}}
"""  # noqa: S608 (names of ours; what a user gives is a parameter)

# The few fragments come first, then which patterns of the run they are, by an index alone, then these patterns' rows,
# and all columns only of those that are wanted: CROSS JOIN keeps SQLite from trying it another way.
_CONTAINING = f"""
SELECT {_COLUMNS}
FROM (
    SELECT patterns.label_id, patterns.fragment_id, labels.position,
           row_number() OVER (PARTITION BY labels.id ORDER BY {{order}}) AS place
    FROM fragments
    CROSS JOIN patterns AS pair
    CROSS JOIN labels
    CROSS JOIN patterns
    WHERE {{contained}} {{narrowed}} AND pair.fragment_id = fragments.id {{of_label}}
          AND labels.id = pair.label_id AND labels.run_id = :run
          AND patterns.label_id = pair.label_id AND patterns.fragment_id = pair.fragment_id {{conditions}}
) AS chosen
CROSS JOIN labels
CROSS JOIN patterns
CROSS JOIN fragments
WHERE labels.id = chosen.label_id AND patterns.label_id = chosen.label_id
      AND patterns.fragment_id = chosen.fragment_id AND fragments.id = chosen.fragment_id {{limit}}
ORDER BY chosen.position, chosen.place
"""  # noqa: S608


class _Filters(NamedTuple):
    conditions: str
    values: dict[str, object]
    order: str
    top: int | None


def patterns(
    reader: Reader,
    label: str | None = None,
    run: int | None = None,
    top: int | None = None,
    contains: str | None = None,
    order: str = "importance",
    min_documents: int | None = None,
    min_precision: float | None = None,
    status: str | None = None,
    maximal: bool = False,
) -> Iterator[Row]:
    """The patterns of a run by label and in the given order; of each label, the first `top` that pass the filters."""
    number = published_run(reader, run)
    labels = label_ids(reader, number, label)
    if order in NEEDS_MATCHES or min_precision is not None:
        _require_matches(reader, number)
    filters = _filters(order, top, min_documents, min_precision, status, maximal)
    if contains:
        label_id = None if label is None else labels[label]
        found = _containing(reader, number, label_id, encodable("contains", contains), filters)
    else:
        found = _of_labels(reader, labels, filters)
    for row in found:
        yield row | {"maximal": bool(row["maximal"])}


def _filters(
    order: str,
    top: int | None,
    min_documents: int | None,
    min_precision: float | None,
    status: str | None,
    maximal: bool,
) -> _Filters:
    if top is not None and top < 1:
        raise StoreError(f"top must be at least 1, not {top}")
    if order not in ORDERS:
        raise StoreError(f"there is no order {order!r}: {which(order, [*ORDERS])}")
    if status is not None and status not in STATUSES:
        raise StoreError(f"there is no status {status!r}: {which(status, STATUSES)}")
    conditions: dict[str, object] = {}
    if min_documents is not None:
        conditions["patterns.documents >= :min_documents"] = min(min_documents, 2**62)
    if min_precision is not None:
        conditions["patterns.precision >= :min_precision"] = min_precision
    words = "".join(f" AND {condition}" for condition in [*conditions, *_of_status(status)])
    values = {condition.rpartition(":")[2]: value for condition, value in conditions.items()}
    if status in ("accepted", "rejected", "spurious"):
        values["status"] = status
    words += " AND patterns.maximal" if maximal else ""
    return _Filters(words, values, f"{ORDERS[order]}, fragments.text", top and min(top, 2**31 - 1))


def _of_status(status: str | None) -> list[str]:
    if status is None:
        return []
    if status == "unreviewed":
        return [f"{REVIEW} IS NULL"]
    if status == "usable":
        return [f"coalesce({REVIEW}, 'accepted') = 'accepted'"]
    return [f"{REVIEW} = :status"]


def _of_labels(reader: Reader, labels: dict[str, int], filters: _Filters) -> Iterator[Row]:
    limit = "" if filters.top is None else "LIMIT :top"
    statement = _OF_LABEL.format(conditions=filters.conditions, order=filters.order, limit=limit)
    for number in labels.values():
        values = filters.values | {"label_id": number} | ({} if filters.top is None else {"top": filters.top})
        yield from reader.stream(statement, values)


def _containing(reader: Reader, run: int, label_id: int | None, text: str, filters: _Filters) -> Iterator[Row]:
    values: dict[str, object] = filters.values | {"contains": text, "run": run}
    narrowed, of_label, limit = "", "", ""
    if (pairs := pairs_of(text, reader.dialect)) is not None:
        narrowed, values["pairs"] = f"AND {CONDITIONS[reader.dialect]}", pairs
    if label_id is not None:
        of_label, values["label_id"] = "AND pair.label_id = :label_id", label_id
    if filters.top is not None:
        limit, values["top"] = "AND chosen.place <= :top", filters.top
    statement = _CONTAINING.format(
        contained=CONTAINS[reader.dialect],
        narrowed=narrowed,
        of_label=of_label,
        conditions=filters.conditions,
        limit=limit,
        order=filters.order,
    )
    yield from reader.stream(statement, values)


def _require_matches(reader: Reader, run: int) -> None:
    (row,) = reader.rows("SELECT matched_documents FROM runs WHERE id = :run", {"run": run})
    if row["matched_documents"] is None:
        raise StoreError(
            f"{reader.name}: run {run} was mined with patterns.match off, so it is not known where its patterns occur "
            "and how precise they are: mine it with patterns.match: true"
        )
