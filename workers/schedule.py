"""Shards through the workers: a bounded number in flight, references passing, failures counted and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import ray

from config.errors import CamlodeError, WorkerError
from workers.attributor import AttributorActor
from workers.queue import Attempt, ShardQueue
from workers.tasks import duplicate_ids, finish, merge_bucket, prepare, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from config import Job
    from pipeline.models.facts import ModelFacts
    from pipeline.records import Counts, LabelTotals, Shard
    from workers.cluster import Resources
    from workers.context import Context

MODEL_START_SECONDS = 300


class Outcome(NamedTuple):
    """A shard that is done, and its sums."""

    shard: Shard
    totals: LabelTotals
    counts: Counts


class Failure(NamedTuple):
    """A shard that could not be done, and why; `of_machine`: a process or a node was lost, no code raised anything."""

    shard: Shard
    reason: str
    of_machine: bool = False


class WorkerPool:
    """The attributors of a run, each with the job's model loaded; leaving its context gives them back."""

    def __init__(self, job: Job, resources: Resources) -> None:
        actor: Any = AttributorActor
        # An attributor on CPUs is counted by its threads; a CPU of Ray's would be one less for reading and extracting.
        pinned = actor.options(
            num_cpus=1 if resources.gpus_per_worker else 0,
            num_gpus=resources.gpus_per_worker,
            scheduling_strategy="SPREAD",
            # One that dies comes back, here or on another node, and loads its model anew.
            max_restarts=-1,
        )
        self._run = job.run
        self._actors = [pinned.remote(job, resources.threads) for _ in range(resources.workers)]
        try:
            self.facts = self._loaded(job, resources)
        except BaseException:
            self.close()
            raise

    def _loaded(self, job: Job, resources: Resources) -> ModelFacts:
        loads = [actor.load.remote() for actor in self._actors]
        # The processes for reading and extracting start while the model loads.
        warming = [warm_up.remote(job.tokenizer.dictionary, job.tokenizer.hmm) for _ in range(resources.tasks)]
        facts: ModelFacts = _result(loads, timeout=MODEL_START_SECONDS)[0]
        _result(warming)
        return facts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the attributors, so that their GPUs are free at once."""
        for actor in self._actors:
            ray.kill(actor)

    def processes(self) -> list[int]:
        """The number of each attributor's process."""
        return [*_result([actor.process.remote() for actor in self._actors])]

    def gpu_ids(self) -> list[list[str]]:
        """The GPUs that each attributor is pinned to."""
        return [*_result([actor.gpu_ids.remote() for actor in self._actors])]

    def run(self, context: Context, shards: Sequence[Shard]) -> Iterator[Outcome | Failure]:
        """Takes all shards through reading, encoding, attribution and extraction, in the order that suits.

        A shard in flight at each worker and two more being read or written keep both CPUs and GPUs busy, and bound
        what is held in memory. A shard whose attributor dies is tried again, `run.attempts` times in all; one that
        raises an error, twice.
        """
        shared = ray.put(context)
        queue = ShardQueue(shards, len(self._actors))
        running: dict[Any, Attempt] = {}
        while not queue.is_done:
            while (attempt := queue.next()) is not None:
                running[self._submitted(shared, attempt)] = attempt
            ready, _ = ray.wait([*running], num_returns=1)
            attempt = running.pop(ready[0])
            outcome = _outcome(ready[0], attempt.shard)
            again = isinstance(outcome, Failure) and attempt.number < self._attempts(outcome)
            queue.ended(attempt, again=again)
            if not again:
                yield _told(outcome, attempt.number)

    def _attempts(self, failure: Failure) -> int:
        """A machine can fail for reasons of its own; code and data that fail twice will fail again."""
        return self._run.attempts if failure.of_machine else min(self._run.attempts, 2)

    def merge(self, context: Context, shards: Sequence[Shard]) -> list[pa.Table]:
        """The best patterns of each bucket of the shards that are done."""
        shared = ray.put(context)
        merged = [merge_bucket.remote(shared, shards, bucket) for bucket in range(context.buckets)]
        return [*_result(merged)]

    def duplicate_ids(self, context: Context, shards: Sequence[Shard]) -> int:
        """How many documents of `shards` repeat another's id."""
        return int(_result([duplicate_ids.remote(context, shards)])[0])

    def _submitted(self, context: Any, attempt: Attempt) -> Any:
        if attempt.number > 1:
            self._wait_for(attempt.worker)
        encoded = prepare.remote(context, attempt.shard)
        importances = self._actors[attempt.worker].attribute.remote(encoded)
        return finish.remote(context, attempt.shard, encoded, importances)

    def _wait_for(self, worker: int) -> None:
        """Until the attributor has come back and loaded its model, if it died: what it is given sooner is refused."""
        _result([self._actors[worker].load.options(max_task_retries=-1).remote()], timeout=MODEL_START_SECONDS)


def _outcome(done: Any, shard: Shard) -> Outcome | Failure:
    try:
        return Outcome(shard, *ray.get(done))
    except ray.exceptions.RayError as error:
        return Failure(shard, _reason(error), of_machine=_is_of_machine(error))


def _told(outcome: Outcome | Failure, attempts: int) -> Outcome | Failure:
    """The outcome; of a shard that lost its worker, also how often."""
    if isinstance(outcome, Failure) and outcome.of_machine:
        return outcome._replace(reason=f"lost its worker {attempts} times: {outcome.reason}")
    return outcome


def _is_of_machine(error: ray.exceptions.RayError) -> bool:
    """Whether a process or a node was lost; a task that waited for what was lost wraps that in an error of its own."""
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    return isinstance(cause, ray.exceptions.RayError)


def _result(references: list[Any], *, timeout: float | None = None) -> list[Any]:
    """What the references hold; the user's mistakes, raised far away, are raised here again."""
    try:
        values: list[Any] = ray.get(references, timeout=timeout)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, CamlodeError):
            raise error.cause from None
        raise WorkerError(f"a worker failed: {_reason(error)}") from error
    except ray.exceptions.GetTimeoutError as error:
        raise WorkerError(
            f"no worker could start within {timeout:g} s: the cluster has no room for run.workers with "
            "run.gpus_per_worker each; ask for fewer, or free the cluster"
        ) from error
    except ray.exceptions.RayError as error:
        raise WorkerError(f"a worker died: {_reason(error)}") from error
    return values


def _reason(error: Exception) -> str:
    cause = getattr(error, "cause", None) or error
    last = [line for line in str(cause).splitlines() if line.strip()][-1:]
    return f"{type(cause).__name__}: {' '.join(last)}"[:500]
