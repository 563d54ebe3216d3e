from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from config import Job, ModelError, load_job
from pipeline.records import CorpusFile, Counts
from pipeline.stages.plan import find_files, plan_shards
from workers import Failure, Outcome, Resources, WorkerPool
from workers.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8


@pytest.fixture
def job(write_job: Callable[..., Path]) -> Job:
    return load_job(write_job({"id": str(i), "text": text} for i, text in enumerate(TEXTS)))


def all_shards(job: Job) -> Any:
    return plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)


def test_attributors_are_pinned_to_gpus_of_their_own(job: Job, tmp_path: Path) -> None:
    with WorkerPool(job, Resources(2, 1.0, None, 2)) as pool:
        assert sorted(pool.gpu_ids()) == [["0"], ["1"]]


def test_every_shard_comes_out_once_and_counts_add_up(job: Job, tmp_path: Path) -> None:
    shards = all_shards(job)
    with WorkerPool(job, Resources(2, 0.0, 1, 2)) as pool:
        outcomes = list(pool.run(Context("key", job, pool.facts, str(tmp_path / "work"), 1), shards))
    assert all(isinstance(outcome, Outcome) for outcome in outcomes)
    assert sorted(outcome.shard.number for outcome in outcomes) == [shard.number for shard in shards]
    total = sum((outcome.counts for outcome in outcomes if isinstance(outcome, Outcome)), Counts())
    assert (total.read, total.explained, total.pairs) == (32, 32, 32)


def test_a_shard_that_fails_is_told_and_the_others_go_on(job: Job, tmp_path: Path) -> None:
    shards = list(all_shards(job))
    shards[1] = replace(shards[1], file=CorpusFile(str(tmp_path / "gone.jsonl"), 10))
    with WorkerPool(job, Resources(1, 0.0, 1, 2)) as pool:
        outcomes = list(pool.run(Context("other", job, pool.facts, str(tmp_path / "work"), 1), shards))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    assert [failure.shard.number for failure in failed] == [1]
    assert "gone.jsonl" in failed[0].reason
    assert len(outcomes) == len(shards)


def test_a_mistake_found_by_a_worker_is_raised_as_it_was_there(job: Job) -> None:
    wrong = job.model_copy(update={"model": job.model.model_copy(update={"labels": ["a", "b", "c"]})})
    with pytest.raises(ModelError, match="has 3 labels, but the model has 2 outputs"):
        WorkerPool(wrong, Resources(1, 0.0, 1, 2))
