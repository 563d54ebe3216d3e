"""What becomes of a shard that the workers were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ray

from config.errors import CamlodeError, WorkerError

if TYPE_CHECKING:
    from pipeline.records import Shard
    from workers.queue import Attempt
    from workers.tasks import Finished


class Outcome(NamedTuple):
    """A shard that is done, after so many attempts."""

    shard: Shard
    attempts: int
    done: Finished


class Failure(NamedTuple):
    """A shard that could not be done, and why; `of_machine`: a process or a node was lost, no code raised anything.

    `again`: it will be tried once more.
    """

    shard: Shard
    reason: str
    of_machine: bool = False
    attempts: int = 1
    again: bool = False


class Turn(NamedTuple):
    """What has happened since the last turn: attempts that ended, and attempts that were started."""

    ended: list[Outcome | Failure]
    started: list[Attempt]


def failure_of(attempt: Attempt, error: ray.exceptions.RayError) -> Failure:
    """Why an attempt failed.

    Raises:
        WorkerError: what failed would fail for every shard, such as a full disk.
    """
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    if isinstance(cause, WorkerError):
        raise cause from None
    # A task that waited for what was lost wraps that in an error of its own.
    lost = isinstance(cause, ray.exceptions.RayError)
    return Failure(attempt.shard, reason_of(error), lost, attempt.number)


def raised(error: ray.exceptions.RayError) -> CamlodeError:
    """An error of a worker as the driver raises it: the user's mistakes as they were raised there."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, CamlodeError):
        return cause
    what = "failed" if isinstance(error, ray.exceptions.RayTaskError) else "died"
    return WorkerError(f"a worker {what}: {reason_of(error)}")


def reason_of(error: Exception) -> str:
    """An error of Ray's in one line, without the stack of the worker that it came from."""
    cause = getattr(error, "cause", None) or error
    last = [line for line in str(cause).splitlines() if line.strip()][-1:]
    return f"{type(cause).__name__}: {' '.join(last)}"[:500]
