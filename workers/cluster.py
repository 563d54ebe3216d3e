"""The Ray cluster that a job runs on: one that is there, or a local one that lives as long as the job."""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ray

from config.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config import Run


CONNECT_SECONDS = 5.0

MOST_ON_CPUS = 4
"""Attributors on CPUs where nothing is asked for: each holds a copy of TensorFlow and the model in memory."""


@dataclass(frozen=True, slots=True)
class Resources:
    """How a job shares out its cluster: attributors, and what each is given.

    `threads`: TensorFlow's threads in an attributor without a GPU; None with one. `tasks`: how many tasks of reading
    and extracting can run at once.
    """

    workers: int
    gpus_per_worker: float
    threads: int | None
    tasks: int


@contextmanager
def joined_cluster(run: Run) -> Iterator[Resources]:
    """Joins the cluster at `run.address`, the one this process is in already, or starts and stops a local one.

    Raises WorkerError where there is no cluster at the address, or it has not what `run` asks for.
    """
    ours = not ray.is_initialized()
    if ours:
        _start(run)
    try:
        yield shared_out(run, ray.cluster_resources())  # type: ignore[no-untyped-call]
    finally:
        if ours:
            ray.shutdown()


def _start(run: Run) -> None:
    _check_reachable(run.address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        ray.init(
            address=run.address or "local",
            include_dashboard=None if run.address else False,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise WorkerError(
            f"Ray cannot be joined at {run.address or 'this machine'}: {reason}; check run.address, or leave it out "
            "to start a local Ray"
        ) from error


def _check_reachable(address: str | None) -> None:
    """Ray itself goes on trying for minutes where nobody answers."""
    host, _, port = (address or "").rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host.rpartition("/")[2], int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise WorkerError(
            f"nobody answers at run.address {address}: {error}; start Ray there, or leave run.address out to start a "
            "local one"
        ) from error


def shared_out(run: Run, available: dict[str, float]) -> Resources:
    """What each attributor gets of a cluster with `available` "CPU"s and "GPU"s."""
    cpus, gpus = int(available.get("CPU", 1)), available.get("GPU", 0.0)
    per_worker = run.gpus_per_worker if run.gpus_per_worker is not None else min(gpus, 1.0)
    if per_worker > gpus:
        raise WorkerError(
            f"run.gpus_per_worker is {per_worker:g}, but the cluster has {gpus:g} GPUs; set it to 0 to run on CPUs"
        )
    if per_worker:
        workers = _bounded(run, int(gpus / per_worker), "GPUs")
        return Resources(workers, per_worker, None, max(1, cpus - workers))
    # Several attributors with few threads each outrun one with many: they don't wait for one another.
    workers = _bounded(run, cpus, "CPUs") if run.workers else min(cpus, MOST_ON_CPUS)
    return Resources(workers, 0.0, max(1, cpus // workers), cpus)


def _bounded(run: Run, most: int, what: str) -> int:
    if run.workers is not None and run.workers > most:
        raise WorkerError(
            f"run.workers is {run.workers}, but the cluster's {what} are enough for {most}; set it to {most} or fewer"
        )
    return run.workers or most
