"""The question that a store is for: which patterns speak for a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import StoreError
from sql.query.filters import MAX_ROWS, ORDERS_NEEDING_MATCHES, REVIEW, build_filters
from sql.query.runs import find_label_ids, find_published_run, require_encodable
from sql.search import BIGRAM_CONDITIONS, CONTAINS_CONDITIONS, bigram_query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sql.query.filters import FilterClauses
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
"""  # noqa: S608 (names of ours; what a user gives is a parameter)

# The few fragments come first, then the run's patterns of them, by an index that knows the label (a run's labels are
# numbered one after the other), and all columns only of those that are wanted: CROSS JOIN keeps SQLite from trying it
# another way.
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
    offset: int = 0,
) -> Iterator[Row]:
    """The patterns of a run by label and in the given order; of each label, the first `top` that pass the filters.

    `offset`: of each label the first so many are left out, and the `top` counted from there.
    """
    number = find_published_run(reader, run)
    labels = find_label_ids(reader, number, label)
    if order in ORDERS_NEEDING_MATCHES or min_precision is not None:
        _require_matches(reader, number)
    filters = build_filters(order, top, min_documents, min_precision, status, maximal, offset)
    if contains:
        found = _stream_containing(reader, number, [*labels.values()], require_encodable("contains", contains), filters)
    else:
        found = _stream_by_label(reader, labels, filters)
    for row in found:
        yield row | {"maximal": bool(row["maximal"])}


def _stream_by_label(reader: Reader, labels: dict[str, int], filters: FilterClauses) -> Iterator[Row]:
    limit, conditions = "" if filters.top is None else "LIMIT :top", filters.conditions
    values = filters.values | ({} if filters.top is None else {"top": filters.top})
    if filters.offset:
        values["offset"] = filters.offset
        if filters.is_rank_order:  # found by an index, where OFFSET would walk through all that it leaves out
            conditions = "AND patterns.rank > :offset"
        else:
            limit, values["top"] = "LIMIT :top OFFSET :offset", filters.top or MAX_ROWS
    statement = _LABEL_PATTERNS.format(conditions=conditions, order=filters.order, limit=limit)
    for number in labels.values():
        yield from reader.stream(statement, values | {"label_id": number})


def _stream_containing(reader: Reader, run: int, labels: list[int], text: str, filters: FilterClauses) -> Iterator[Row]:
    bounds = {"first_label": min(labels, default=0), "last_label": max(labels, default=0)}
    values: dict[str, object] = filters.values | bounds | {"contains": text, "run": run}
    narrowed, limit = "", ""
    if (pairs := bigram_query(text, reader.dialect)) is not None:
        narrowed, values["pairs"] = f"AND {BIGRAM_CONDITIONS[reader.dialect]}", pairs
    if filters.top is not None:
        limit, values["last"] = "AND chosen.place <= :last", filters.offset + filters.top
    if filters.offset:
        limit, values["offset"] = f"{limit} AND chosen.place > :offset", filters.offset
    statement = _CONTAINING.format(
        contained=CONTAINS_CONDITIONS[reader.dialect],
        narrowed=narrowed,
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
