"""The patterns of a run: which of them, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.config.errors import StoreError, did_you_mean
from camlode.sql.query.runs import find_label_ids, find_published_run, require_encodable
from camlode.sql.search_index import BIGRAM_CONDITIONS, CONTAINS_CONDITIONS, bigram_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql.records import Row
    from camlode.sql.revision import Reader

ORDERS = {
    "importance": "patterns.rank",
    "mean": "patterns.mean DESC",
    "precision": "patterns.precision DESC NULLS LAST",
    "gold-precision": "patterns.gold_precision DESC NULLS LAST",
    "weighted": "patterns.importance * patterns.precision DESC NULLS LAST",
    "log-odds": "patterns.log_odds_z DESC NULLS LAST",
    "c-value": "patterns.c_value DESC",
}
"""The orders of patterns in SQL; ties are broken by text. "weighted" is importance × precision."""

ORDERS_NEEDING_MATCHES = ("precision", "gold-precision", "weighted", "log-odds")

STATUSES = ("accepted", "rejected", "spurious", "unreviewed", "usable")
"""The filters by review: its status, "unreviewed" for no review, "usable" for none or an accepting one."""

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
"""The statistics of a pattern apart from its rank, in the order of the table's columns."""

REVIEW = """(
    SELECT reviews.status FROM reviews
    WHERE reviews.fragment_id = patterns.fragment_id AND reviews.label = labels.name
    ORDER BY reviews.id DESC LIMIT 1
)"""
"""The status of a pattern's last review in SQL, null without a review."""

MAX_ROWS = 2**31 - 1
"""Upper bound for LIMIT and OFFSET."""


@dataclass(frozen=True, slots=True)
class PatternFilter:
    """Which patterns of a run are wanted, and in which order.

    Attributes:
        label: only patterns of this label.
        run: the published run; None: the current one.
        top: at most this many patterns of each label, counted after all other filters.
        contains: only fragments that contain this text, literally and with its case.
        order: a key of ORDERS; ties are broken by the fragment's text.
        min_documents: only patterns that were important in at least this many documents.
        min_precision: only patterns with at least this precision (a probability, smoothed) for the model's label.
        status: only patterns whose last review has this status ("accepted", "rejected", "spurious"), that have no
            review ("unreviewed"), or whose last review, if any, accepts them ("usable").
        maximal: only patterns that are not subsumed by a longer pattern of the label.
        offset: skip this many patterns of each label that pass the filters; `top` counts from there.
    """

    label: str | None = None
    run: int | None = None
    top: int | None = None
    contains: str | None = None
    order: str = "importance"
    min_documents: int | None = None
    min_precision: float | None = None
    status: str | None = None
    maximal: bool = False
    offset: int = 0

    @property
    def needs_matches(self) -> bool:
        """Whether only a run with a match pass can answer."""
        return self.order in ORDERS_NEEDING_MATCHES or self.min_precision is not None


class FilterClauses(NamedTuple):
    """A PatternFilter in SQL: conditions with the values of their parameters, order, and slice of each label."""

    conditions: str
    values: dict[str, object]
    order: str
    top: int | None
    offset: int

    @property
    def is_rank_order(self) -> bool:
        """Whether all patterns of a label are wanted in the order of their ranks."""
        return not self.conditions and self.order.startswith(f"{ORDERS['importance']},")


_COLUMNS = f"""
       labels.run_id AS run, labels.name AS label, patterns.rank, fragments.text AS fragment,
       {", ".join(f"patterns.{name}" for name in MEASURES)}, {REVIEW} AS review"""

_LABEL_PATTERNS = f"""
SELECT {_COLUMNS}
FROM labels
JOIN patterns ON patterns.label_id = labels.id
JOIN fragments ON fragments.id = patterns.fragment_id
WHERE labels.id = :label_id {{conditions}}
ORDER BY {{order}} {{limit}}
"""  # noqa: S608 (constants only; values are parameters)

# First the few fragments, then the run's patterns of these by an index that includes the label (a run's labels have
# consecutive ids), and all columns only for the patterns that are wanted. CROSS JOIN keeps SQLite's planner from
# another order of the joins.
_CONTAINING = f"""
SELECT {_COLUMNS}
FROM (
    SELECT patterns.label_id, patterns.fragment_id, labels.position,
           row_number() OVER (PARTITION BY labels.id ORDER BY {{order}}) AS place
    FROM fragments
    CROSS JOIN patterns
    CROSS JOIN labels
    WHERE {{contained}} {{narrowed}} AND patterns.fragment_id = fragments.id
          AND patterns.label_id BETWEEN :first_label AND :last_label
          AND labels.id = patterns.label_id AND labels.run_id = :run {{conditions}}
) AS chosen
CROSS JOIN labels
CROSS JOIN patterns
CROSS JOIN fragments
WHERE labels.id = chosen.label_id AND patterns.label_id = chosen.label_id
      AND patterns.fragment_id = chosen.fragment_id AND fragments.id = chosen.fragment_id {{limit}}
ORDER BY chosen.position, chosen.place
"""  # noqa: S608


def patterns(reader: Reader, filters: PatternFilter | None = None, **fields: Any) -> Iterator[Row]:
    """Yield the patterns of a run by label and in the filter's order.

    Args:
        reader: a snapshot of the store.
        filters: a PatternFilter; if None, one is built from `fields`.
        fields: fields of a PatternFilter.

    Raises:
        StoreError: there is no such run or label, a field is invalid, or the filter needs the match pass and the run
            has none.
    """
    filters = filters or PatternFilter(**fields)
    run = find_published_run(reader, filters.run)
    labels = find_label_ids(reader, run, filters.label)
    if filters.needs_matches:
        _require_matches(reader, run)
    clauses = _build_clauses(filters)
    if filters.contains:
        text = require_encodable("contains", filters.contains)
        rows = _stream_containing(reader, run, [*labels.values()], text, clauses)
    else:
        rows = _stream_by_label(reader, labels, clauses)
    for row in rows:
        yield row | {"maximal": bool(row["maximal"])}


def _build_clauses(filters: PatternFilter) -> FilterClauses:
    top, offset, order, status = filters.top, filters.offset, filters.order, filters.status
    if top is not None and top < 1:
        raise StoreError(f"top must be at least 1, not {top}")
    if offset < 0:
        raise StoreError(f"offset must be at least 0, not {offset}")
    if order not in ORDERS:
        raise StoreError(f"there is no order {order!r}: {did_you_mean(order, [*ORDERS])}")
    if status is not None and status not in STATUSES:
        raise StoreError(f"there is no status {status!r}: {did_you_mean(status, STATUSES)}")
    values: dict[str, object] = {}
    conditions = _status_conditions(status)
    if filters.min_documents is not None:
        conditions.append("patterns.documents >= :min_documents")
        values["min_documents"] = min(filters.min_documents, 2**62)  # the databases' integers have 64 bits
    if filters.min_precision is not None:
        conditions.append("patterns.precision >= :min_precision")
        values["min_precision"] = filters.min_precision
    if status in ("accepted", "rejected", "spurious"):
        values["status"] = status
    if filters.maximal:
        conditions.append("patterns.maximal")
    clauses = "".join(f" AND {condition}" for condition in conditions)
    return FilterClauses(
        clauses, values, f"{ORDERS[order]}, fragments.text", top and min(top, MAX_ROWS), min(offset, MAX_ROWS)
    )


def _status_conditions(status: str | None) -> list[str]:
    if status is None:
        return []
    if status == "unreviewed":
        return [f"{REVIEW} IS NULL"]
    if status == "usable":
        return [f"coalesce({REVIEW}, 'accepted') = 'accepted'"]
    # Few fragments have a review: without this condition the last review of every pattern would be looked up.
    return ["patterns.fragment_id IN (SELECT reviews.fragment_id FROM reviews)", f"{REVIEW} = :status"]


def _stream_by_label(reader: Reader, labels: dict[str, int], clauses: FilterClauses) -> Iterator[Row]:
    limit, conditions = "" if clauses.top is None else "LIMIT :top", clauses.conditions
    values = clauses.values | ({} if clauses.top is None else {"top": clauses.top})
    if clauses.offset:
        values["offset"] = clauses.offset
        if clauses.is_rank_order:  # by the index on ranks; OFFSET would read all rows that it skips
            conditions = "AND patterns.rank > :offset"
        else:
            limit, values["top"] = "LIMIT :top OFFSET :offset", clauses.top or MAX_ROWS
    statement = _LABEL_PATTERNS.format(conditions=conditions, order=clauses.order, limit=limit)
    for number in labels.values():
        yield from reader.stream(statement, values | {"label_id": number})


def _stream_containing(reader: Reader, run: int, labels: list[int], text: str, clauses: FilterClauses) -> Iterator[Row]:
    bounds = {"first_label": min(labels, default=0), "last_label": max(labels, default=0)}
    values: dict[str, object] = clauses.values | bounds | {"contains": text, "run": run}
    narrowed, limit = "", ""
    if (pairs := bigram_query(text, reader.dialect)) is not None:
        narrowed, values["pairs"] = f"AND {BIGRAM_CONDITIONS[reader.dialect]}", pairs
    if clauses.top is not None:
        limit, values["last"] = "AND chosen.place <= :last", clauses.offset + clauses.top
    if clauses.offset:
        limit, values["offset"] = f"{limit} AND chosen.place > :offset", clauses.offset
    statement = _CONTAINING.format(
        contained=CONTAINS_CONDITIONS[reader.dialect],
        narrowed=narrowed,
        conditions=clauses.conditions,
        limit=limit,
        order=clauses.order,
    )
    yield from reader.stream(statement, values)


def _require_matches(reader: Reader, run: int) -> None:
    (row,) = reader.rows("SELECT matched_documents FROM runs WHERE id = :run", {"run": run})
    if row["matched_documents"] is None:
        raise StoreError(
            f"{reader.name}: run {run} was mined with patterns.match off, so it is not known where its patterns occur "
            "and how precise they are: mine it with patterns.match: true"
        )
