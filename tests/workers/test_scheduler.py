from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import ModelError, WorkerError
from camlode.pipeline.records import Counts
from camlode.workers import Failure, Resources, Success, WorkerPool
from camlode.workers.actor import AttributionActor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from camlode.workers import Update

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8
GOOD = ["不好"] * 7


def ended(updates: Iterable[Update]) -> list[Success | Failure]:
    return [outcome for update in updates for outcome in update.ended]


def final_failures(outcomes: list[Success | Failure]) -> list[Failure]:
    return [outcome for outcome in outcomes if isinstance(outcome, Failure) and not outcome.will_retry]


def completed_shards(outcomes: list[Success | Failure]) -> list[int]:
    return sorted(outcome.shard.number for outcome in outcomes if isinstance(outcome, Success))


def test_each_worker_is_pinned_to_its_own_gpu(make_job: Any, fake_worker_class: type) -> None:
    with WorkerPool(make_job(TEXTS), Resources(2, 1.0, None, 2), fake_worker_class) as pool:
        assert sorted(pool.actor_pool.call_all("gpu_ids")) == [["0"], ["1"]]


def test_two_workers_share_a_gpu(make_job: Any, fake_worker_class: type) -> None:
    with WorkerPool(make_job(TEXTS), Resources(2, 0.5, None, 2), fake_worker_class) as pool:
        first, second = pool.actor_pool.call_all("gpu_ids")
        assert first == second


def test_every_shard_is_started_and_ended_once(
    make_job: Any, make_shards: Any, open_pool: Any, make_context: Any
) -> None:
    job = make_job(TEXTS)
    pool = open_pool(job, workers=2)
    updates = list(pool.run(make_context(job, pool), make_shards(job)))
    assert [attempt.shard.number for update in updates for attempt in update.started] == [0, 1, 2, 3, 4]
    outcomes = ended(updates)
    assert completed_shards(outcomes) == [0, 1, 2, 3, 4]
    counts = sum((outcome.done.counts for outcome in outcomes if isinstance(outcome, Success)), Counts())
    assert (counts.read, counts.explained, counts.pairs) == (32, 32, 32)


def test_the_seconds_of_a_shard_are_reported_by_stage(
    make_job: Any, make_shards: Any, open_pool: Any, make_context: Any
) -> None:
    job = make_job(GOOD)
    pool = open_pool(job)
    (outcome,) = ended(pool.run(make_context(job, pool), make_shards(job)))
    assert isinstance(outcome, Success)
    assert outcome.done.seconds.keys() == {"read", "encode", "attribute", "extract", "write"}
    assert min(outcome.done.seconds.values()) > 0
    assert [outcome.done.stats.worker] == pool.actor_pool.call_all("process_name")


def test_an_unreadable_shard_fails_alone_after_two_attempts(
    make_job: Any, make_shards: Any, open_pool: Any, make_context: Any
) -> None:
    job = make_job(GOOD * 3, attempts=3)
    first, second, third = make_shards(job)
    gone = second.file.__class__("/nowhere/gone.jsonl", 10)
    shards = [first, second.__class__(second.id, 1, gone, second.unit, 0, 10), third]
    pool = open_pool(job)
    outcomes = ended(pool.run(make_context(job, pool), shards))
    assert completed_shards(outcomes) == [0, 2]
    (failure,) = final_failures(outcomes)
    assert (failure.shard.number, failure.attempts, failure.worker_lost) == (1, 2, False)
    assert "gone.jsonl" in failure.reason
    assert len(outcomes) == 4


def test_an_error_is_retried_once(make_job: Any, make_shards: Any, open_pool: Any, make_context: Any) -> None:
    job = make_job(["坏好", *GOOD[1:], *GOOD], attempts=5)
    pool = open_pool(job)
    outcomes = ended(pool.run(make_context(job, pool), make_shards(job)))
    (failure,) = final_failures(outcomes)
    assert (failure.reason, failure.attempts, failure.worker_lost) == ("ValueError: 坏 is bad", 2, False)
    assert completed_shards(outcomes) == [1]


def test_a_deleted_work_folder_stops_the_run(
    make_job: Any, make_shards: Any, open_pool: Any, make_context: Any, tmp_path: Path
) -> None:
    job = make_job(GOOD)
    pool = open_pool(job)
    context = make_context(job, pool)
    shutil.rmtree(tmp_path / "work")
    with pytest.raises(WorkerError, match=r"the work folder .* no longer exists, so nothing was published"):
        ended(pool.run(context, make_shards(job)))


def test_a_users_mistake_is_raised_as_in_the_worker(make_job: Any) -> None:
    class FailingActor(AttributionActor):
        def load(self) -> Any:
            from camlode.config import ModelError

            raise ModelError("model.labels has 3 labels")

    with pytest.raises(ModelError, match=r"^model\.labels has 3 labels$"):
        WorkerPool(make_job(GOOD), Resources(1, 0.0, 1, 2), FailingActor)


def test_a_worker_that_never_starts_names_the_settings_to_change(make_job: Any, fake_worker_class: type) -> None:
    job = make_job(GOOD, start_seconds=2)
    began = time.monotonic()
    with pytest.raises(WorkerError, match=r"no worker has been ready for run\.start_seconds \(2\): .*gpus_per_worker"):
        WorkerPool(job, Resources(1, 9.0, None, 2), fake_worker_class)
    assert time.monotonic() - began < 20


def test_a_worker_that_dies_while_loading_is_reported(make_job: Any) -> None:
    class DyingActor(AttributionActor):
        def load(self) -> Any:
            os._exit(9)

    with pytest.raises(WorkerError, match="each worker dies while it loads the model"):
        WorkerPool(make_job(GOOD, start_seconds=3), Resources(1, 0.0, 1, 2), DyingActor)


def test_work_starts_with_the_ready_workers(
    make_job: Any, fake_worker_class: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camlode.workers.actor_pool.STRAGGLER_SECONDS", 1.0)
    job = make_job(GOOD)
    with WorkerPool(job, Resources(3, 1.0, None, 2), fake_worker_class) as pool:  # there are two GPUs
        assert len(pool.actor_pool.ready) == 2
        assert len(pool.actor_pool.loading) == 1
