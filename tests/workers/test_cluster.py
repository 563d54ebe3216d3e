from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
import ray

from camlode.config import Run, WorkerError
from camlode.workers.cluster import (
    Resources,
    _start,
    allocate_resources,
    join_cluster,
    restrict_to_assigned_gpus,
    shut_down,
)


@pytest.mark.parametrize(
    ("run", "available", "expected"),
    [
        (Run(), {"CPU": 1.0}, Resources(1, 0.0, 1, 1)),
        (Run(), {"CPU": 2.0}, Resources(2, 0.0, 1, 2)),
        (Run(), {"CPU": 16.0}, Resources(4, 0.0, 4, 16)),
        (Run(workers=1), {"CPU": 2.0}, Resources(1, 0.0, 2, 2)),
        (Run(workers=2), {"CPU": 2.0}, Resources(2, 0.0, 1, 2)),
        (Run(workers=2), {"CPU": 5.0}, Resources(2, 0.0, 2, 5)),
        (Run(), {"CPU": 8.0, "GPU": 2.0}, Resources(2, 1.0, None, 6, 1)),
        (Run(workers=1), {"CPU": 8.0, "GPU": 2.0}, Resources(1, 1.0, None, 7, 1)),
        (Run(gpus_per_worker=0.5), {"CPU": 8.0, "GPU": 2.0}, Resources(4, 0.5, None, 4, 1)),
        (Run(), {"CPU": 2.0, "GPU": 2.0}, Resources(2, 1.0, None, 2)),
        (Run(gpus_per_worker=0), {"CPU": 8.0, "GPU": 2.0}, Resources(4, 0.0, 2, 8)),
    ],
)
def test_a_cluster_is_divided_among_workers(run: Run, available: dict[str, float], expected: Resources) -> None:
    assert allocate_resources(run, available) == expected


@pytest.mark.parametrize(
    ("run", "available", "words"),
    [
        (Run(gpus_per_worker=1), {"CPU": 2.0}, "run.gpus_per_worker is 1, but the cluster has 0 GPUs"),
        (Run(workers=3), {"CPU": 2.0}, "run.workers is 3, but the cluster's CPUs are enough for 2"),
        (Run(workers=3), {"CPU": 8.0, "GPU": 2.0}, "run.workers is 3, but the cluster's GPUs are enough for 2"),
    ],
)
def test_settings_beyond_the_cluster_are_rejected(run: Run, available: dict[str, float], words: str) -> None:
    with pytest.raises(WorkerError, match=words):
        allocate_resources(run, available)


def test_an_address_without_a_cluster_is_one_clear_error() -> None:
    run = Run(address="127.0.0.1:9")
    with pytest.raises(WorkerError, match=r"nothing answers at run\.address 127\.0\.0\.1:9"):
        _start(run)


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_running_ray_is_used_and_left_running() -> None:
    with join_cluster(Run()) as resources:
        assert resources == Resources(2, 1.0, None, 2)
    assert ray.is_initialized()


def get_visible_gpus() -> tuple[list[str], str | None]:
    return restrict_to_assigned_gpus(), os.environ.get("CUDA_VISIBLE_DEVICES")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_without_an_assigned_gpu_sees_none() -> None:
    without = ray.remote(num_gpus=0)(get_visible_gpus)
    assert ray.get(without.remote()) == ([], "")


@pytest.mark.usefixtures("ray_with_gpus")
def test_a_process_sees_only_its_assigned_gpu() -> None:
    gpus, visible = ray.get(ray.remote(num_gpus=1)(get_visible_gpus).remote())
    assert len(gpus) == 1
    assert visible == gpus[0]


# In a separate process: it needs a local Ray of its own to stop, and signals itself.
STOPPED_DRIVER = """
import os, signal, threading
import ray
from camlode.workers.cluster import shut_down, without_agents

with without_agents():
    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append("SIGTERM"))
meanwhile = threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGTERM))
meanwhile.start()
shut_down()
meanwhile.join()
signal.raise_signal(signal.SIGTERM)
print(heard, ray.is_initialized())
"""


@pytest.mark.slow
def test_sigterm_is_handled_while_ray_stops_and_afterwards() -> None:
    command = [sys.executable, "-c", STOPPED_DRIVER]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "['SIGTERM', 'SIGTERM'] False"), done.stderr


def test_a_thread_that_may_not_set_handlers_stops_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[str] = []
    monkeypatch.setattr(ray, "shutdown", lambda: stopped.append(threading.current_thread().name))
    monkeypatch.setattr(signal, "signal", lambda *_: 1 / 0)
    thread = threading.Thread(target=shut_down, name="not the main thread")
    thread.start()
    thread.join()
    assert stopped == ["not the main thread"]
