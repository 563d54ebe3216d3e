from __future__ import annotations

import json
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from camlode.config.sections import Run
from camlode.workers.probe import probe

ROOT = Path(__file__).parents[2]


def test_what_a_cluster_has(ray_with_gpus: None) -> None:
    assert probe(Run()) == {"version": version("ray"), "cpus": 2, "gpus": 2.0, "workers": 2}


def test_what_a_job_asks_for_and_the_cluster_lacks(ray_with_gpus: None) -> None:
    found = probe(Run(workers=1, gpus_per_worker=4))
    assert found.keys() == {"error"}
    assert "run.gpus_per_worker" in found["error"]


def test_as_a_program_it_prints_a_line_of_json() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    command = [sys.executable, "-m", "camlode.workers.probe", Run(address=address).model_dump_json()]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["error"].startswith(f"nothing answers at run.address {address}: ")
