"""The Ray cluster that a job runs on: one that is there, or a local one that lives as long as the job."""
# MERGED: Leaving a local Ray without losing what the process does on SIGTERM.
# MERGED: Which devices a process may use.

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from camlode.config.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Run

HANDLER_INTERVAL_SECONDS = 0.01


def shut_down() -> None:
    """Stops the Ray that this process has started, and keeps the process's handler of SIGTERM.

    Ray's native code resets that to the default before it waits for its processes, for a second or more in which a
    second SIGTERM would kill the driver; so Ray is stopped in a thread, and the handler is set again and again here.
    Only the main thread may set one: elsewhere Ray is simply stopped.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        ray.shutdown()
        return
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(ray.shutdown)
        while not stopping.done():
            wait([stopping], HANDLER_INTERVAL_SECONDS)
            signal.signal(signal.SIGTERM, handler)
    stopping.result()


CONNECT_SECONDS = 5.0

_LOG = logging.getLogger(__name__)

MAX_CPU_WORKERS = 4
"""Attributors on CPUs where nothing is asked for: each holds a copy of TensorFlow and the model in memory."""


@dataclass(frozen=True, slots=True)
class Resources:
    """How a job shares out its cluster: attributors, and what each is given.

    `threads`: TensorFlow's threads in an attributor without a GPU; None with one. `tasks`: how many tasks of reading
    and extracting can run at once. `cpus_per_worker`: CPUs of Ray's that an attributor keeps from these.
    """

    workers: int
    gpus_per_worker: float
    threads: int | None
    tasks: int
    cpus_per_worker: int = 0


@contextmanager
def join_cluster(run: Run) -> Iterator[Resources]:
    """Joins the cluster at `run.address`, the one this process is in already, or starts and stops a local one.

    Raises WorkerError where there is no cluster at the address, or it has not what `run` asks for.
    """
    owns_connection = not ray.is_initialized()
    if owns_connection:
        _start(run)
    try:
        resources = allocate_resources(run, ray.cluster_resources(), ray.available_resources())  # type: ignore[no-untyped-call]
        _LOG.debug("Ray at %s: %s", run.address or "this machine", resources)
        yield resources
    finally:
        if owns_connection:
            shut_down()


def timeline() -> bytes:
    """What ran when and where since Ray was joined: a trace in Chrome's format, of tasks and actors."""
    with tempfile.NamedTemporaryFile() as file:
        ray.timeline(file.name)
        return Path(file.name).read_bytes()


def _start(run: Run) -> None:
    # Inside a submitted job, Ray tells here which cluster it is in.
    address = run.address or os.environ.get("RAY_ADDRESS")
    _check_reachable(address)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    log_options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address:
            ray.init(address=address, **log_options)
        else:
            with without_agents():
                ray.init(address="local", include_dashboard=False, **log_options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise WorkerError(
            f"Ray cannot be joined at {address or 'this machine'}: {reason}; check run.address, or leave it out "
            "to start a local Ray"
        ) from error


@contextmanager
def without_agents() -> Iterator[None]:
    """A Ray that is started within this context is a small one: no dashboard, no agents, no metrics endpoint.

    Ray starts them, for seconds of all cores, wherever it finds what they import, and can be told by nothing else.
    """
    name = "ray.dashboard.optional_deps"
    previous = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
        if previous is not None:
            sys.modules[name] = previous


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


def allocate_resources(run: Run, cluster: dict[str, float], free: dict[str, float] | None = None) -> Resources:
    """What each attributor gets of a `cluster` with "CPU"s and "GPU"s, of which others may have left some `free`.

    Raises:
        WorkerError: the cluster has not what `run` asks for, and doesn't grow.
    """
    cpus, gpus = int(cluster.get("CPU", 1)), cluster.get("GPU", 0.0)
    if run.autoscaling:
        return _allocate_autoscaling(run, cpus)
    per_worker = run.gpus_per_worker if run.gpus_per_worker is not None else min(gpus, 1.0)
    if per_worker and free is not None and per_worker <= gpus and free.get("GPU", 0.0) < per_worker:
        raise WorkerError(
            f"all of the cluster's GPUs are taken ({free.get('GPU', 0.0):g} of {gpus:g} are free, and "
            f"run.gpus_per_worker is {per_worker:g}): wait for them, or set run.gpus_per_worker to 0 to run on CPUs"
        )
    if per_worker > gpus:
        raise WorkerError(
            f"run.gpus_per_worker is {per_worker:g}, but the cluster has {gpus:g} GPUs; set it to 0 to run on CPUs"
        )
    if per_worker:
        workers = _resolve_worker_count(run, int(gpus / per_worker), "GPUs")
        # Each GPU is fed by a CPU of its own, where that leaves one to read with.
        reserved_cpus = 1 if cpus > workers else 0
        return Resources(workers, per_worker, None, cpus - reserved_cpus * workers, reserved_cpus)
    # Several attributors with few threads each outrun one with many: they don't wait for one another.
    workers = _resolve_worker_count(run, cpus, "CPUs") if run.workers else min(cpus, MAX_CPU_WORKERS)
    return Resources(workers, 0.0, max(1, cpus // workers), cpus)


def _allocate_autoscaling(run: Run, cpus: int) -> Resources:
    if run.workers is None or run.gpus_per_worker is None:
        raise WorkerError(
            "run.autoscaling is set, so what the cluster has now tells nothing: set run.workers and run.gpus_per_worker"
        )
    threads = None if run.gpus_per_worker else max(1, cpus // run.workers)
    return Resources(run.workers, run.gpus_per_worker, threads, max(1, cpus), 1 if run.gpus_per_worker else 0)


def _resolve_worker_count(run: Run, limit: int, resource: str) -> int:
    if run.workers is not None and run.workers > limit:
        raise WorkerError(
            f"run.workers is {run.workers}, but the cluster's {resource} are enough for {limit}; set it to {limit} or fewer"
        )
    return run.workers or limit


def restrict_to_assigned_gpus() -> list[str]:
    """The GPUs that Ray has pinned this process to. Without any, all others are hidden from it: Ray itself hides them
    only from those that have one.
    """
    gpus = [str(number) for number in ray.get_runtime_context().get_accelerator_ids()["GPU"]]
    if not gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return gpus
