"""A process that stops its local Ray goes on hearing SIGTERM as it did."""

from __future__ import annotations

import subprocess
import sys

DRIVER = """
import os, signal, threading
import ray
from camlode.workers.cluster import shut_down

ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
heard = []
signal.signal(signal.SIGTERM, lambda *_: heard.append("SIGTERM"))
if {elsewhere}:
    thread = threading.Thread(target=shut_down)
    thread.start()
    thread.join()
else:
    meanwhile = threading.Timer(0.6, os.kill, (os.getpid(), signal.SIGTERM))
    meanwhile.start()
    shut_down()
    meanwhile.join()
    signal.raise_signal(signal.SIGTERM)
print(heard, ray.is_initialized())
"""


def run_driver(*, elsewhere: bool) -> tuple[int, str]:
    command = [sys.executable, "-c", DRIVER.format(elsewhere=elsewhere)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout.strip()


def test_sigterm_is_heard_while_ray_stops_and_afterwards() -> None:
    assert run_driver(elsewhere=False) == (0, "['SIGTERM', 'SIGTERM'] False")


def test_a_thread_that_may_not_set_handlers_stops_ray_too() -> None:
    assert run_driver(elsewhere=True) == (0, "[] False")
