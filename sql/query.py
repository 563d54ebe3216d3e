"""The questions that a store answers, as plain rows."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol

from config.errors import StoreError
from config.names import listed, which
from sql import statements

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sql.records import Row

TABLES = frozenset({"examples", "fragments", "labels", "patterns", "rejects", "runs", "shards"})

PUBLISHED = ("complete", "incomplete")
"""Runs that readers can see; an incomplete one lacks the documents of shards that failed."""


class Reader(Protocol):
    """One snapshot of a store; `name` is how messages call it."""

    name: str

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """The rows of a SELECT with :named parameters."""

    def tables(self) -> set[str]:
        """The names of the tables."""


def check_tables(tables: set[str], name: str) -> None:
    """Refuses a database that is no pattern store.

    Raises:
        StoreError: a table of ours is missing.
    """
    if not tables:
        raise StoreError(f"{name}: an empty database, so there are no patterns yet: camlode mine makes them")
    if tables < TABLES and "patterns" in tables:
        raise StoreError(f"{name}: the store was made by another version of camlode; name another in store.url")
    if not tables >= TABLES:
        raise StoreError(f"{name}: a database of something else (tables {listed(sorted(tables))}): left untouched")


def runs(reader: Reader) -> list[Row]:
    """All runs, whatever their status, in the order they were started."""
    return [
        row
        | {
            "current": bool(row["current"]),
            "started": _moment(row["started"]),
            "ended": _moment(row["ended"]),
        }
        for row in reader.rows(statements.RUNS, {})
    ]


def labels(reader: Reader, run: int | None = None) -> list[Row]:
    """The labels of a run in the model's order."""
    return reader.rows(statements.LABELS, {"run": _published_run(reader, run)})


def patterns(
    reader: Reader,
    label: str | None = None,
    run: int | None = None,
    top: int | None = None,
    contains: str | None = None,
) -> list[Row]:
    """The patterns of a run by label and rank: of each label, the first `top` that hold `contains`."""
    if top is not None and top < 1:
        raise StoreError(f"top must be at least 1, not {top}")
    conditions, values = _conditions(reader, label, run)
    if contains:
        # Literal and with case in every database, which LIKE is not.
        conditions.append("replace(fragments.text, :contains, '') <> fragments.text")
        values["contains"] = _encodable("contains", contains)
    elif top is not None:
        conditions.append("patterns.rank <= :top")
        values["top"] = min(top, 2**31 - 1)
    rows = reader.rows(statements.PATTERNS.format(conditions=" AND ".join(conditions)), values)
    return _first_of_each_label(rows, top) if contains and top else rows


def examples(
    reader: Reader, label: str | None = None, fragment: str | None = None, run: int | None = None
) -> list[Row]:
    """The examples of a run's patterns by label and rank; `fragment` is one pattern's whole text."""
    conditions, values = _conditions(reader, label, run)
    if fragment is not None:
        conditions.append("fragments.text = :fragment")
        values["fragment"] = _encodable("fragment", fragment)
    return reader.rows(statements.EXAMPLES.format(conditions=" AND ".join(conditions)), values)


def rejects(reader: Reader, run: int | None = None) -> list[Row]:
    """The documents that a run rejected by reason, the most frequent first."""
    return reader.rows(statements.REJECTS, {"run": _published_run(reader, run)})


def shards(reader: Reader, run: int | None = None, state: str | None = None) -> list[Row]:
    """The shards of all runs, or of one whatever its status; only those in `state`, if it is given."""
    conditions = {"shards.run_id = :run": run, "shards.state = :state": state}
    asked = [condition for condition, value in conditions.items() if value is not None]
    where = f"WHERE {' AND '.join(asked)}" if asked else ""
    return reader.rows(statements.SHARDS.format(where=where), {"run": run, "state": state})


QUESTIONS: dict[str, Callable[..., list[Row]]] = {
    "runs": runs,
    "labels": labels,
    "patterns": patterns,
    "examples": examples,
    "rejects": rejects,
    "shards": shards,
}


def _conditions(reader: Reader, label: str | None, run: int | None) -> tuple[list[str], dict[str, object]]:
    number = _published_run(reader, run)
    if label is None:
        return ["labels.run_id = :run"], {"run": number}
    names = [row["label"] for row in reader.rows(statements.LABELS, {"run": number})]
    if label not in names:
        raise StoreError(f"{reader.name}: run {number} has no label {label!r}: {which(label, names)}")
    return ["labels.run_id = :run", "labels.name = :label"], {"run": number, "label": label}


def _published_run(reader: Reader, run: int | None) -> int:
    known = reader.rows("SELECT id, status, current FROM runs ORDER BY id", {})
    for row in known:
        if row["status"] in PUBLISHED and (row["id"] == run or (run is None and row["current"])):
            return int(row["id"])
    there = listed([f"{row['id']} ({row['status']})" for row in known]) or "none"
    found = "no run is published" if run is None else f"there is no published run {run}"
    raise StoreError(f"{reader.name}: {found}: the runs are {there}")


def _first_of_each_label(rows: list[Row], top: int) -> list[Row]:
    return [row for _, group in groupby(rows, key=itemgetter("label")) for row in islice(group, top)]


def _encodable(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{name} is not valid text: {value!r}") from error
    return value


def _moment(value: str | datetime | None) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
