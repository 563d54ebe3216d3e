"""Outcomes of attempts at shards, and the conversion of Ray's errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from camlode.config.errors import CamlodeError, WorkerError

if TYPE_CHECKING:
    from ray.exceptions import RayError

    from camlode.pipeline.records import Shard
    from camlode.workers.queue import Attempt
    from camlode.workers.tasks import ShardReport

# Ray is imported within functions: a ledger is read, and a dry run made, without it.


class Success(NamedTuple):
    """A finished shard, and the number of attempts it took."""

    shard: Shard
    attempts: int
    done: ShardReport


class Failure(NamedTuple):
    """A failed attempt at a shard, and its reason.

    `worker_lost`: a process or a node died, rather than code raising an error. `will_retry`: another attempt follows.
    """

    shard: Shard
    reason: str
    worker_lost: bool = False
    attempts: int = 1
    will_retry: bool = False


class Update(NamedTuple):
    """The attempts that ended and those that started since the last update."""

    ended: list[Success | Failure]
    started: list[Attempt]


def to_failure(attempt: Attempt, error: RayError) -> Failure:
    """Convert the error of one attempt.

    Raises:
        WorkerError: the same error would come with every shard, such as a full disk.
    """
    from ray.exceptions import RayError, RayTaskError

    cause = error.cause if isinstance(error, RayTaskError) else error
    if isinstance(cause, WorkerError):
        raise cause from None
    # A task whose input was lost with a worker fails with a RayTaskError around the error of that worker.
    return Failure(attempt.shard, format_reason(error), isinstance(cause, RayError), attempt.number)


def to_camlode_error(error: RayError) -> CamlodeError:
    """Convert a worker's error to the one that the driver raises; a user's mistake stays the error raised there."""
    from ray.exceptions import RayTaskError

    cause = getattr(error, "cause", None)
    if isinstance(cause, CamlodeError):
        return cause
    what = "failed" if isinstance(error, RayTaskError) else "died"
    return WorkerError(f"a worker {what}: {format_reason(error)}")


def format_reason(error: Exception) -> str:
    """Format one of Ray's errors as one line of at most 500 characters, without the worker's stack."""
    cause = getattr(error, "cause", None) or error
    last = [line for line in str(cause).splitlines() if line.strip()][-1:]
    return f"{type(cause).__name__}: {' '.join(last)}"[:500]
