"""The question that a store is for: which patterns speak for a label."""
# MERGED: In which order patterns are answered, and which of them.
# MERGED: Finding the fragments that contain a text, without looking at all of them: an index of pairs of characters. SQLite keeps it as a full-text index whose words are the pairs, PostgreSQL as an inverted index over numbers that stand for them. Both only narrow the choice; whoever asks compares the texts themselves afterwards.

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.config.errors import StoreError, did_you_mean
from camlode.sql.query.runs import find_label_ids, find_published_run, require_encodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

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


SEARCH_INDEX_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE fragment_search USING fts5(pairs, content='', columnsize=0, detail=none, "
        "tokenize='ascii')",
    ),
    "postgresql": (
        "ALTER TABLE fragments ADD COLUMN pairs integer[]",
        "CREATE INDEX ix_fragments_pairs ON fragments USING gin (pairs)",
    ),
}
"""What makes the index, by database."""

BIGRAM_CONDITIONS = {
    "sqlite": "fragments.id IN (SELECT rowid FROM fragment_search WHERE fragment_search MATCH :pairs)",
    "postgresql": "fragments.pairs @> CAST(:pairs AS integer[])",
}
"""What narrows a choice of fragments to those that have all of `:pairs`, by database."""

CONTAINS_CONDITIONS = {
    "sqlite": "instr(fragments.text, :contains) > 0",
    "postgresql": "strpos(fragments.text, :contains) > 0",
}
"""What tells that a fragment holds `:contains`, literally and with its case, which LIKE doesn't."""

_MULTIPLIER = 1_000_003
_BITS = 0x7FFFFFFF
# FTS5's tokenizer "ascii" parts words at ASCII characters that are neither letters nor digits.
_AS_LETTERS = {code: 0xE000 + code for code in range(128) if not chr(code).isalnum()}


def bigram_words(texts: Iterable[str]) -> Iterator[str]:
    """What SQLite's index keeps of each text: its pairs of characters, with spaces between."""
    for text in texts:
        letters = text.translate(_AS_LETTERS)
        yield " ".join(map("".join, pairwise(letters)))


def bigram_arrays(texts: Sequence[str]) -> pa.Array:
    """What PostgreSQL's index keeps of each text: numbers that stand for its pairs, as an array literal."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    bounds = np.cumsum([0, *map(len, texts)])
    found = (codes[:-1] * _MULTIPLIER + codes[1:]) & _BITS
    within = np.ones(max(len(codes), 1), dtype=np.bool_)
    within[bounds[1:] - 1] = False  # what ends a text makes no pair with what begins the next
    sizes = np.maximum(np.diff(bounds) - 1, 0)
    values = pa.array(found[within[: len(found)]], pa.int64()).cast(pa.string())
    lists = pa.ListArray.from_arrays(pa.array(np.cumsum([0, *sizes]), pa.int32()), values)
    return pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")


def bigram_query(text: str, dialect: str) -> Any:
    """The parameter `:pairs` of CONDITIONS for a text that is looked for; None where it is too short to narrow."""
    if len(text) < 2:
        return None
    if dialect == "postgresql":
        return sorted({(ord(a) * _MULTIPLIER + ord(b)) & _BITS for a, b in pairwise(text)})
    return " AND ".join(f'"{pair}"' for pair in dict.fromkeys(next(bigram_words([text])).split(" ")))


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
