"""Pools of fake workers, and the shards of small corpora."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from camlode.config import Job, load_job
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.workers import Resources, WorkerPool
from camlode.workers.context import RunContext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from camlode.pipeline.records import Shard


@pytest.fixture
def make_job(write_job: Callable[..., Path]) -> Callable[..., Job]:
    """Makes a job over texts, seven to a shard, with settings of the section `run`."""

    def make(texts: Sequence[str], **run: object) -> Job:
        job = load_job(write_job({"id": str(number), "text": text} for number, text in enumerate(texts)))
        return job.model_copy(update={"run": job.run.model_copy(update=run)})

    return make


@pytest.fixture
def make_shards() -> Callable[[Job], Sequence[Shard]]:
    """Plans the shards of a job."""
    return lambda job: plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)


@pytest.fixture
def open_pool(ray_with_gpus: None, fake_worker_class: type) -> Iterator[Callable[..., WorkerPool]]:
    """Starts the fake workers of a job."""
    pools: list[WorkerPool] = []

    def start(job: Job, workers: int = 1) -> WorkerPool:
        pools.append(WorkerPool(job, Resources(workers, 0.0, 1, 2), fake_worker_class))
        return pools[-1]

    yield start
    for pool in pools:
        pool.close()


@pytest.fixture
def make_context(tmp_path: Path) -> Callable[..., RunContext]:
    """Makes the context of a run in a new work folder."""

    def make(job: Job, pool: WorkerPool, *, buckets: int = 1) -> RunContext:
        folder = WorkFolder(str(tmp_path / "work"))
        folder.create(FILE_KINDS)
        return RunContext(str(tmp_path), job, pool.model_info, folder, buckets)

    return make
