from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from config import ModelError, WorkerError
from pipeline.records import Counts
from workers import Failure, Outcome, Resources, WorkerPool
from workers.attributor import Attributor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workers import Turn

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8
GOOD = ["不好"] * 7


def ended(turns: Iterable[Turn]) -> list[Outcome | Failure]:
    return [outcome for turn in turns for outcome in turn.ended]


def for_good(outcomes: list[Outcome | Failure]) -> list[Failure]:
    return [outcome for outcome in outcomes if isinstance(outcome, Failure) and not outcome.again]


def numbers_done(outcomes: list[Outcome | Failure]) -> list[int]:
    return sorted(outcome.shard.number for outcome in outcomes if isinstance(outcome, Outcome))


def test_attributors_are_pinned_to_gpus_of_their_own(job_over: Any, light_attributor: type) -> None:
    with WorkerPool(job_over(TEXTS), Resources(2, 1.0, None, 2), light_attributor) as pool:
        assert sorted(pool.attributors.ask("gpu_ids")) == [["0"], ["1"]]


def test_two_attributors_share_a_gpu(job_over: Any, light_attributor: type) -> None:
    with WorkerPool(job_over(TEXTS), Resources(2, 0.5, None, 2), light_attributor) as pool:
        first, second = pool.attributors.ask("gpu_ids")
        assert first == second


def test_every_shard_is_started_and_ended_once(job_over: Any, shards_of: Any, open_pool: Any, context_of: Any) -> None:
    job = job_over(TEXTS)
    pool = open_pool(job, workers=2)
    turns = list(pool.run(context_of(job, pool), shards_of(job)))
    assert [attempt.shard.number for turn in turns for attempt in turn.started] == [0, 1, 2, 3, 4]
    outcomes = ended(turns)
    assert numbers_done(outcomes) == [0, 1, 2, 3, 4]
    counts = sum((outcome.done.counts for outcome in outcomes if isinstance(outcome, Outcome)), Counts())
    assert (counts.read, counts.explained, counts.pairs) == (32, 32, 32)


def test_what_a_shard_took_is_told_by_stage(job_over: Any, shards_of: Any, open_pool: Any, context_of: Any) -> None:
    job = job_over(GOOD)
    pool = open_pool(job)
    (outcome,) = ended(pool.run(context_of(job, pool), shards_of(job)))
    assert isinstance(outcome, Outcome)
    assert outcome.done.seconds.keys() == {"read", "encode", "attribute", "extract", "write"}
    assert min(outcome.done.seconds.values()) > 0
    assert [outcome.done.work.worker] == pool.attributors.ask("process")


def test_a_shard_that_cannot_be_read_fails_alone_and_is_tried_twice(
    job_over: Any, shards_of: Any, open_pool: Any, context_of: Any
) -> None:
    job = job_over(GOOD * 3, attempts=3)
    first, second, third = shards_of(job)
    gone = second.file.__class__("/nowhere/gone.jsonl", 10)
    shards = [first, second.__class__(second.id, 1, gone, second.unit, 0, 10), third]
    pool = open_pool(job)
    outcomes = ended(pool.run(context_of(job, pool), shards))
    assert numbers_done(outcomes) == [0, 2]
    (failure,) = for_good(outcomes)
    assert (failure.shard.number, failure.attempts, failure.of_machine) == (1, 2, False)
    assert "gone.jsonl" in failure.reason
    assert len(outcomes) == 4


def test_an_error_of_the_code_is_tried_once_more(
    job_over: Any, shards_of: Any, open_pool: Any, context_of: Any
) -> None:
    job = job_over(["坏好", *GOOD[1:], *GOOD], attempts=5)
    pool = open_pool(job)
    outcomes = ended(pool.run(context_of(job, pool), shards_of(job)))
    (failure,) = for_good(outcomes)
    assert (failure.reason, failure.attempts, failure.of_machine) == ("ValueError: 坏 is bad", 2, False)
    assert numbers_done(outcomes) == [1]


def test_a_folder_that_is_gone_stops_everything(
    job_over: Any, shards_of: Any, open_pool: Any, context_of: Any, tmp_path: Path
) -> None:
    job = job_over(GOOD)
    pool = open_pool(job)
    context = context_of(job, pool)
    shutil.rmtree(tmp_path / "work")
    with pytest.raises(WorkerError, match=r"the work folder .* is not there any more: nothing was published"):
        ended(pool.run(context, shards_of(job)))


def test_a_mistake_found_by_a_worker_is_raised_as_it_was_there(job_over: Any) -> None:
    class Refusing(Attributor):
        def load(self) -> Any:
            from config import ModelError

            raise ModelError("model.labels has 3 labels")

    with pytest.raises(ModelError, match=r"^model\.labels has 3 labels$"):
        WorkerPool(job_over(GOOD), Resources(1, 0.0, 1, 2), Refusing)


def test_an_attributor_that_never_starts_is_told_with_the_settings_to_change(
    job_over: Any, light_attributor: type
) -> None:
    job = job_over(GOOD, start_seconds=2)
    began = time.monotonic()
    with pytest.raises(
        WorkerError, match=r"no attributor has been ready for run\.start_seconds \(2\): .*gpus_per_worker"
    ):
        WorkerPool(job, Resources(1, 9.0, None, 2), light_attributor)
    assert time.monotonic() - began < 20


def test_an_attributor_that_dies_as_it_loads_is_told(job_over: Any) -> None:
    class Dying(Attributor):
        def load(self) -> Any:
            os._exit(9)

    with pytest.raises(WorkerError, match="each dies while it loads the model"):
        WorkerPool(job_over(GOOD, start_seconds=3), Resources(1, 0.0, 1, 2), Dying)


def test_work_begins_with_those_that_are_ready(job_over: Any, light_attributor: Any) -> None:
    job = job_over(GOOD)
    with WorkerPool(job, Resources(3, 1.0, None, 2), light_attributor) as pool:  # there are two GPUs
        assert len(pool.attributors.ready) == 2
        assert len(pool.attributors.loading) == 1
