"""Which earlier run a job goes on with, and what has changed where it can't."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.errors import JobError
from config.fingerprints import STORE_NAME_OPTIONS
from sql import has_ended, is_running_here, mask_password, run_in_use_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from config import Job
    from sql import PatternStore, Row

FIXED_RUN_SETTINGS = ("shard_documents", "batch_size", "seed")
"""Settings of how a job is run that its last bits hang on: they must not change within a run."""


def find_earlier_run(
    store: PatternStore, job: Job, key: str, parts: Mapping[str, str], versions: Mapping[str, str]
) -> Row | None:
    """The last run of the same fingerprint, whatever became of it; None where the job begins anew.

    Raises:
        JobError: that run can't be gone on with, since something has changed; or the last run stopped half way and
            this job differs from it.
        StoreError: another process works at that run.
    """
    rows = store.rows("runs")
    same = [row for row in rows if row["fingerprint"] == key]
    if same:
        row = same[-1]
        if not is_finished(row):
            check_not_running(row)
            _raise_if_changed(
                row,
                job,
                [
                    *_describe_setting_changes(row, job, "run", FIXED_RUN_SETTINGS),
                    *describe_version_changes(row, versions),
                ],
            )
        return row
    if rows and _is_interrupted(rows[-1]):
        _raise_if_changed(rows[-1], job, [*describe_changes(rows[-1], job, parts)])
    return None


def is_finished(row: Row) -> bool:
    """Whether a run is published and none of its shards waits to be done."""
    through = row["done_shards"] + row["failed_shards"] == row["shards"] if row["done_shards"] is not None else True
    return row["status"] in ("complete", "incomplete") and through


def describe_changes(row: Row, job: Job, parts: Mapping[str, str]) -> Iterator[str]:
    """What differs between a run and a job whose fingerprint has `parts`, in a few words each."""
    before = json.loads(row["parts"])
    for section in [name for name, digest in parts.items() if before.get(name) != digest]:
        options = getattr(job, section).__class__.model_fields
        keys = [key for key in options if key not in STORE_NAME_OPTIONS.get(section, ())]
        settings = [*_describe_setting_changes(row, job, section, keys)]
        yield from settings or [f"{section}: the files that it names hold something else"]


def describe_version_changes(row: Row, versions: Mapping[str, str]) -> Iterator[str]:
    """What differs between the versions that a run began with and those that are installed, in a few words each."""
    before = json.loads(row["versions"])
    for package, version in versions.items():
        if before.get(package) != version:
            yield f"{package} was {before.get(package)} and is {version}"


def check_not_running(row: Row) -> None:
    """A StoreError where another process of this machine works at the run: sooner than when the model is loaded."""
    owner = row["owner"]
    if owner is not None and is_running_here(owner):
        raise run_in_use_error(row["run"], owner)


def _describe_setting_changes(row: Row, job: Job, section: str, keys: Any) -> Iterator[str]:
    before = json.loads(row["settings"]).get(section, {})
    now = getattr(job, section).model_dump(mode="json")
    for key in keys:
        if before.get(key) != now[key]:
            yield f"{section}.{key} was {_shorten(before.get(key))} and is {_shorten(now[key])}"


def _is_interrupted(row: Row) -> bool:
    busy = row["owner"] is not None and not has_ended(row["owner"])
    return row["status"] in ("running", "interrupted") and bool(row["done_shards"]) and not busy


def _raise_if_changed(row: Row, job: Job, changed: list[str]) -> None:
    if changed:
        raise JobError(
            f"run {row['run']} in {mask_password(job.store.url)} is unfinished ({row['done_shards']} of {row['shards']} "
            f"shards are done), and the job has changed since: {'; '.join(changed)}; set it back to go on with that "
            "run, or begin anew with --fresh"
        )


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"
