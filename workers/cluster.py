"""The Ray cluster that a job runs on, a running one or a local one for the job; its resources, start and shutdown."""

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

CONNECT_SECONDS = 5.0
HANDLER_INTERVAL_SECONDS = 0.01

_LOG = logging.getLogger(__name__)

MAX_CPU_WORKERS = 4
"""Most workers on CPUs unless the job sets run.workers: each holds TensorFlow and the model in memory."""


@dataclass(frozen=True, slots=True)
class Resources:
    """The share of a cluster that a job uses.

    `threads`: TensorFlow threads of a worker on CPUs; None on a GPU. `tasks`: how many tasks of reading and extracting
    run at once. `cpus_per_worker`: CPUs that Ray reserves for each worker.
    """

    workers: int
    gpus_per_worker: float
    threads: int | None
    tasks: int
    cpus_per_worker: int = 0


@contextmanager
def join_cluster(run: Run) -> Iterator[Resources]:
    """Join the cluster at `run.address` or the one that this process is in; else start a local one, and stop it after.

    Raises:
        WorkerError: there is no cluster at the address, or it lacks the resources that `run` sets.
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
    """Return a trace of all tasks and actors since Ray was joined, in Chrome's trace format."""
    with tempfile.NamedTemporaryFile() as file:
        ray.timeline(file.name)
        return Path(file.name).read_bytes()


def allocate_resources(run: Run, cluster: dict[str, float], free: dict[str, float] | None = None) -> Resources:
    """Divide the "CPU" and "GPU" of a `cluster` among workers and tasks; `free`: what other jobs leave of them.

    Raises:
        WorkerError: the cluster lacks what `run` sets, and does not scale.
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
        # A CPU for each worker, to feed its GPU, if that leaves at least one for reading.
        reserved_cpus = 1 if cpus > workers else 0
        return Resources(workers, per_worker, None, cpus - reserved_cpus * workers, reserved_cpus)
    # Several workers with few threads each are faster than one with many: they do not wait for each other.
    workers = _resolve_worker_count(run, cpus, "CPUs") if run.workers else min(cpus, MAX_CPU_WORKERS)
    return Resources(workers, 0.0, max(1, cpus // workers), cpus)


def _allocate_autoscaling(run: Run, cpus: int) -> Resources:
    if run.workers is None or run.gpus_per_worker is None:
        raise WorkerError(
            "run.autoscaling is set, so the present size of the cluster does not count: set run.workers and "
            "run.gpus_per_worker"
        )
    threads = None if run.gpus_per_worker else max(1, cpus // run.workers)
    return Resources(run.workers, run.gpus_per_worker, threads, max(1, cpus), 1 if run.gpus_per_worker else 0)


def _resolve_worker_count(run: Run, limit: int, resource: str) -> int:
    if run.workers is not None and run.workers > limit:
        raise WorkerError(
            f"run.workers is {run.workers}, but the cluster's {resource} are enough for {limit}; set it to {limit} or "
            "fewer"
        )
    return run.workers or limit


def _start(run: Run) -> None:
    # In a submitted job, Ray sets RAY_ADDRESS to the job's own cluster.
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
    """Start Ray without dashboard, agents and metrics endpoint within this context.

    Ray starts them wherever their dependencies can be imported, which takes seconds on all cores, and has no option
    against it. Hence a None in `sys.modules`: it makes the import of their dependencies fail.
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
    """Fail at once if nothing answers: Ray itself retries for minutes."""
    host, _, port = (address or "").rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host.rpartition("/")[2], int(port)), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        raise WorkerError(
            f"nothing answers at run.address {address}: {error}; start Ray there, or leave run.address out to start a "
            "local one"
        ) from error


def shut_down() -> None:
    """Stop the Ray that this process has started, and keep the process's handler of SIGTERM.

    Ray's native code resets the handler to the default, then waits for its processes for a second or more. A second
    SIGTERM in that time would kill the driver before the run is marked as interrupted.
    """
    handler = signal.getsignal(signal.SIGTERM)
    # Only the main thread may set handlers. None: the handler was not set from Python and cannot be restored.
    if threading.current_thread() is not threading.main_thread() or handler is None:
        ray.shutdown()
        return
    # Nothing signals when Ray resets the handler: stop it in a thread, and restore the handler every 10 ms meanwhile.
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(ray.shutdown)
        while not stopping.done():
            wait([stopping], HANDLER_INTERVAL_SECONDS)
            signal.signal(signal.SIGTERM, handler)
    stopping.result()


def restrict_to_assigned_gpus() -> list[str]:
    """Return the ids of the GPUs that Ray has pinned this process to; if there are none, hide all GPUs from it.

    Ray hides the other GPUs only from processes that have one; TensorFlow would take memory on all that it sees.
    """
    gpus = [str(number) for number in ray.get_runtime_context().get_accelerator_ids()["GPU"]]
    if not gpus:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return gpus
