"""Resuming a run: which earlier run a job belongs to, what has changed since, and taking it up again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config import Job
from camlode.config.errors import JobError
from camlode.config.fingerprints import STORE_NAME_OPTIONS
from camlode.pipeline.runs.start import ActiveRun, open_run
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.sql import PatternStore, has_ended, is_running_here, mask_password, run_in_use_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.sql import Row

FIXED_RUN_SETTINGS = ("shard_documents", "batch_size", "seed")
"""Settings of the section `run` that affect the last bits of a result: they must not change within a run."""


def find_earlier_run(
    store: PatternStore, job: Job, key: str, parts: Mapping[str, str], versions: Mapping[str, str]
) -> Row | None:
    """Find the last run with the fingerprint `key`, finished or to be resumed; None if the job needs a new run.

    Raises:
        JobError: that run cannot be resumed, because settings or versions have changed; or the store's last run is
            unfinished, and this job differs from it.
        StoreError: another process owns that run.
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
    # Another fingerprint than that of the unfinished run: most likely a setting changed by mistake, so do not silently
    # start from the beginning.
    if rows and _is_interrupted(rows[-1]):
        _raise_if_changed(rows[-1], job, [*describe_changes(rows[-1], job, parts)])
    return None


def is_finished(row: Row) -> bool:
    """Whether a run is published and none of its shards is pending."""
    done = row["done_shards"]
    all_shards_processed = done is None or done + row["failed_shards"] == row["shards"]
    return row["status"] in ("complete", "incomplete") and all_shards_processed


def resume_run(store: PatternStore, row: Row, job: Job, model_info: ModelInfo) -> ActiveRun:
    """Resume an earlier run: finished shards stay, failed ones are reset to pending.

    Raises:
        StoreError: another process owns it.
    """
    store.resume_run(row["run"])
    # The folder may have been removed meanwhile: partials that are gone are mined again.
    WorkFolder(row["folder"]).create(FILE_KINDS)
    active_run = open_run(store, row["run"], job, row["fingerprint"], row["folder"], model_info)
    active_run.ledger.reset_failed()
    return active_run


def load_run_job(row: Row, store_url: str) -> Job:
    """Load the job of a run in the store at `store_url`, as it was when the run started."""
    settings = json.loads(row["settings"])
    folder = settings.pop("folder")
    return Job.model_validate(settings | {"store": {"url": store_url}}).resolve_paths(Path(folder))


def check_not_running(row: Row) -> None:
    """Check that no other process on this machine owns the run, before the model is loaded.

    Raises:
        StoreError: one does.
    """
    owner = row["owner"]
    if owner is not None and is_running_here(owner):
        raise run_in_use_error(row["run"], owner)


def describe_changes(row: Row, job: Job, parts: Mapping[str, str]) -> Iterator[str]:
    """List the differences between a run and a job whose fingerprint has `parts`, in a few words each."""
    before = json.loads(row["parts"])
    for section in [name for name, digest in parts.items() if before.get(name) != digest]:
        options = getattr(job, section).__class__.model_fields
        keys = [key for key in options if key not in STORE_NAME_OPTIONS.get(section, ())]
        settings = [*_describe_setting_changes(row, job, section, keys)]
        yield from settings or [f"{section}: its files have changed"]


def describe_version_changes(row: Row, versions: Mapping[str, str]) -> Iterator[str]:
    """List the packages whose installed version differs from that of the run, in a few words each."""
    before = json.loads(row["versions"])
    for package, installed in versions.items():
        if before.get(package) != installed:
            yield f"{package} was {before.get(package)} and is {installed}"


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
            f"run {row['run']} in {mask_password(job.store.url)} is unfinished ({row['done_shards']} of "
            f"{row['shards']} shards are done), and the job has changed since: {'; '.join(changed)}; undo the change "
            "to resume that run, or start a new one with --fresh"
        )


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"
