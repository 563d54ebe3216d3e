"""Runs, with their labels, rejects and shards; and reviews."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from camlode.config.errors import StoreError, did_you_mean, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.sql.records import Row
    from camlode.sql.revision import Reader

PUBLISHED = ("complete", "incomplete")
"""The statuses of published runs; an incomplete run lacks the documents of its failed shards."""

_RUNS = """
SELECT runs.id AS run, status, current, fingerprint, parts, method, unit,
       models.name AS model, models.version AS model_version, models.digest AS model_digest, models.task,
       models.thresholds, models.layers, corpora.name AS corpus, corpora.digest AS corpus_digest,
       corpora.files AS corpus_files, corpora.bytes AS corpus_bytes, settings, versions, folder, owner, started, ended,
       documents_read, documents_explained, documents_rejected, documents_truncated, duplicate_ids,
       gold_documents, matched_documents, padding_share, empty_maps, residual,
       coalesce(planned, shards) AS shards, done AS done_shards, coalesce(failed, failed_shards) AS failed_shards
FROM runs
JOIN models ON models.id = runs.model_id
JOIN corpora ON corpora.id = runs.corpus_id
LEFT JOIN (
    SELECT run_id, count(*) AS planned,
           sum(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done,
           sum(CASE WHEN state = 'failed' THEN 1 ELSE 0 END) AS failed
    FROM shards
    GROUP BY run_id
) AS progress ON progress.run_id = runs.id
{where}
ORDER BY runs.id
"""

_LABELS = """
SELECT run_id AS run, name AS label, documents, gold_documents, agreed_documents, importance,
       (SELECT count(*) FROM patterns WHERE patterns.label_id = labels.id) AS patterns
FROM labels
WHERE run_id = :run
ORDER BY position
"""

_REJECTS = """
SELECT run_id AS run, reason, documents
FROM rejects
WHERE run_id = :run
ORDER BY documents DESC, reason
"""

_SHARDS = """
SELECT run_id AS run, number, shard, file, file_bytes, unit, start, stop, state, attempts, error, worker, seconds,
       documents, rejects, partial, partial_bytes
FROM shards
{where}
ORDER BY run_id, number
"""

_REVIEWS = """
SELECT reviews.id AS review, fragments.text AS fragment, reviews.label, reviews.status, reviews.note, reviews.author,
       reviews.time
FROM reviews
JOIN fragments ON fragments.id = reviews.fragment_id
{where}
ORDER BY reviews.id
"""


def runs(reader: Reader, run: int | None = None) -> Iterator[Row]:
    """Yield all runs, or one, whatever their status, in the order they were started."""
    for row in _select_where(reader, _RUNS, {"runs.id": run}):
        moments = {name: to_utc(row[name]) for name in ("started", "ended")}
        yield row | moments | {"current": bool(row["current"])}


def labels(reader: Reader, run: int | None = None) -> list[Row]:
    """Return the labels of a run in the model's order."""
    return reader.rows(_LABELS, {"run": find_published_run(reader, run)})


def rejects(reader: Reader, run: int | None = None) -> list[Row]:
    """Return the numbers of documents that a run rejected by reason, the most frequent first."""
    return reader.rows(_REJECTS, {"run": find_published_run(reader, run)})


def shards(reader: Reader, run: int | None = None, state: str | None = None) -> list[Row]:
    """Return the shards of all runs, or of one whatever its status; only those in `state`, if it is given."""
    return _select_where(reader, _SHARDS, {"shards.run_id": run, "shards.state": state})


def reviews(reader: Reader, fragment: str | None = None, label: str | None = None) -> Iterator[Row]:
    """Yield all reviews, oldest first; the last review of a fragment and label counts."""
    for row in _select_where(reader, _REVIEWS, {"fragments.text": fragment, "reviews.label": label}):
        yield row | {"time": to_utc(row["time"])}


def find_published_run(reader: Reader, run: int | None) -> int:
    """Return the number of a published run: of the current one, or `run` itself.

    Raises:
        StoreError: there is none.
    """
    known = reader.rows("SELECT id, status, current FROM runs ORDER BY id", {})
    for row in known:
        if row["status"] in PUBLISHED and (row["id"] == run or (run is None and row["current"])):
            return int(row["id"])
    listed = join_words([f"{row['id']} ({row['status']})" for row in known]) or "none"
    problem = "no run is published" if run is None else f"there is no published run {run}"
    if run is None and any(row["status"] in PUBLISHED for row in known):
        problem = "no run is current: camlode current makes one so, or name one with --run"
    raise StoreError(f"{reader.name}: {problem}: the runs are {listed}")


def missing_run_error(run: int) -> StoreError:
    """Return the error for a run that does not exist."""
    return StoreError(f"there is no run {run}: camlode runs lists them")


def find_label_ids(reader: Reader, run: int, label: str | None = None) -> dict[str, int]:
    """Return the ids of a run's labels by name, in the model's order; only that of `label`, if it is given.

    Raises:
        StoreError: the run has no such label.
    """
    rows = reader.rows("SELECT id, name FROM labels WHERE run_id = :run ORDER BY position", {"run": run})
    known = {str(row["name"]): int(row["id"]) for row in rows}
    if label is None:
        return known
    if label not in known:
        raise StoreError(f"{reader.name}: run {run} has no label {label!r}: {did_you_mean(label, [*known])}")
    return {label: known[label]}


def require_encodable(name: str, value: str) -> str:
    """Return `value`; raise a StoreError if it has lone surrogates, which no database can store."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise StoreError(f"{name} is not valid text: {value!r}") from error
    return value


def to_utc(value: str | datetime | None) -> datetime | None:
    """Convert a time as either database returns it to UTC."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _select_where(reader: Reader, statement: str, filters: dict[str, int | str | None]) -> list[Row]:
    """Return the rows whose columns have the `filters` values; None matches all."""
    conditions = {column.replace(".", "_"): (column, value) for column, value in filters.items() if value is not None}
    for name, (_, value) in conditions.items():
        if isinstance(value, str):
            require_encodable(name, value)
    where = " AND ".join(f"{column} = :{name}" for name, (column, _) in conditions.items())
    values = {name: value for name, (_, value) in conditions.items()}
    return reader.rows(statement.format(where=f"WHERE {where}" if where else ""), values)
