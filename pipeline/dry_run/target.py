"""What a job would write to the store and the work folder, and whether it could."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import fsspec

from camlode.config import combine_fingerprint_parts, compute_digests
from camlode.config.errors import JobError
from camlode.pipeline.runs.resume import find_earlier_run, is_finished
from camlode.pipeline.runs.start import package_versions
from camlode.sql import PatternStore, mask_password
from camlode.sql.store import store_exists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.records import CorpusFile

RunKind = Literal["new", "resumed", "found"]


@dataclass(frozen=True, slots=True)
class RunTarget:
    """What a job would do.

    `kind`: start a new run; resume the earlier run `run`, of which `done` of `shards` are done; or find that it is
    complete already, so that nothing is mined. `has_store`: whether the store exists.
    """

    store: str
    has_store: bool
    work_folder: str
    kind: RunKind
    run: int | None = None
    done: int = 0
    shards: int = 0


def find_target(job: Job, files: Sequence[CorpusFile], *, fresh: bool) -> RunTarget:
    """Find out what `job` would write, without writing anything.

    Raises:
        StoreError: the store cannot be used, or another process is working on the run.
        JobError: the work folder cannot be written, or the job has changed since the run that it would resume.
    """
    check_work_folder(job.run.work_folder)
    has_store = store_exists(job.store.url)
    row = None
    if has_store and not fresh:
        parts = compute_digests(job, [(file.path, file.size) for file in files]).parts
        row = find_earlier_run(
            PatternStore(job.store.url), job, combine_fingerprint_parts(parts), parts, package_versions(job)
        )
    target = RunTarget(mask_password(job.store.url), has_store, job.run.work_folder, "new")
    if row is None:
        return target
    kind: RunKind = "found" if is_finished(row) else "resumed"
    return replace(target, kind=kind, run=row["run"], done=row["done_shards"] or 0, shards=row["shards"] or 0)


def check_work_folder(address: str) -> None:
    """Check that the work folder can be written; of a URL, only that its file system is installed.

    Raises:
        JobError: it cannot.
    """
    if "://" in address:
        try:
            fsspec.core.url_to_fs(address)
        except (ValueError, ImportError) as error:
            raise JobError(f"run.work_folder: cannot open {address}: {error}") from error
        return
    path = Path(address).absolute()
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not nearest.is_dir():
        raise JobError(f"run.work_folder: {nearest} is a file, so no folder can be made at {address}: name another")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise JobError(f"run.work_folder: {nearest} may not be written, so no folder can be made: name another")
