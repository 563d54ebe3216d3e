"""What becomes of a shard that the workers were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ray

from camlode.config.errors import CamlodeError, WorkerError

if TYPE_CHECKING:
    from camlode.pipeline.records import Shard
    from camlode.workers.queue import Attempt
    from camlode.workers.tasks import ShardReport


class Success(NamedTuple):
    """A shard that is done, after so many attempts."""

    shard: Shard
    attempts: int
    done: ShardReport


class Failure(NamedTuple):
    """A shard that could not be done, and why; `worker_lost`: a process or a node was lost, no code raised anything.

    `will_retry`: it will be tried once more.
    """

    shard: Shard
    reason: str
    worker_lost: bool = False
    attempts: int = 1
    will_retry: bool = False


class Update(NamedTuple):
    """What has happened since the last turn: attempts that ended, and attempts that were started."""

    ended: list[Success | Failure]
    started: list[Attempt]


def to_failure(attempt: Attempt, error: ray.exceptions.RayError) -> Failure:
    """Why an attempt failed.

    Raises:
        WorkerError: what failed would fail for every shard, such as a full disk.
    """
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    if isinstance(cause, WorkerError):
        raise cause from None
    # A task that waited for what was lost wraps that in an error of its own.
    lost = isinstance(cause, ray.exceptions.RayError)
    return Failure(attempt.shard, format_reason(error), lost, attempt.number)


def to_camlode_error(error: ray.exceptions.RayError) -> CamlodeError:
    """An error of a worker as the driver raises it: the user's mistakes as they were raised there."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, CamlodeError):
        return cause
    what = "failed" if isinstance(error, ray.exceptions.RayTaskError) else "died"
    return WorkerError(f"a worker {what}: {format_reason(error)}")


def format_reason(error: Exception) -> str:
    """An error of Ray's in one line, without the stack of the worker that it came from."""
    cause = getattr(error, "cause", None) or error
    last = [line for line in str(cause).splitlines() if line.strip()][-1:]
    return f"{type(cause).__name__}: {' '.join(last)}"[:500]
