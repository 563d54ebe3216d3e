"""What a job would write, and whether it could."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import fsspec

from config import digests, fingerprint_of
from config.errors import JobError
from pipeline.runs.conditions import versions_of
from pipeline.runs.resuming import earlier_run, is_finished
from sql import PatternStore, masked
from sql.looking import is_made

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.records import CorpusFile

What = Literal["new", "resumed", "found"]


@dataclass(frozen=True, slots=True)
class Target:
    """What would become of the store and the work folder.

    `what`: a new run is begun; an earlier one, `run`, is gone on with, of which `done` of `shards` are done; or it is
    complete already, so that nothing is mined. `made`: the store is there.
    """

    store: str
    made: bool
    work_folder: str
    what: What
    run: int | None = None
    done: int = 0
    shards: int = 0


def target_of(job: Job, files: Sequence[CorpusFile], *, fresh: bool) -> Target:
    """What `job` would write, by what is there.

    Raises:
        StoreError: the store cannot be used, or another process works at the run.
        JobError: the work folder cannot be written, or the job has changed since the run that it would go on with.
    """
    check_work_folder(job.run.work_folder)
    made = is_made(job.store.url)
    row = None
    if made and not fresh:
        parts = digests(job, [(file.path, file.size) for file in files]).parts
        row = earlier_run(PatternStore(job.store.url), job, fingerprint_of(parts), parts, versions_of(job))
    target = Target(masked(job.store.url), made, job.run.work_folder, "new")
    if row is None:
        return target
    what: What = "found" if is_finished(row) else "resumed"
    return replace(target, what=what, run=row["run"], done=row["done_shards"] or 0, shards=row["shards"] or 0)


def check_work_folder(address: str) -> None:
    """A JobError where nothing could be written at `address`; of a URL, only whether its kind of storage is known."""
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
