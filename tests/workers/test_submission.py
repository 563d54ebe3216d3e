"""Jobs submitted to a real cluster of one node, which only these tests use."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from camlode.config import JobError, WorkerError, compute_fingerprint, load_job
from camlode.sql import PatternStore
from camlode.workers import job_server, submission

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORDS = [{"id": str(number), "text": "我买了水果和电脑" if number % 2 else "水果好吃"} for number in range(20)]
PACKAGES = ("config", "explorer", "pipeline", "rules", "sql", "workers")
PORTS = ("port", "dashboard-port", "dashboard-agent-listen-port", "dashboard-agent-grpc-port", "metrics-export-port")


def free_ports(count: int) -> list[int]:
    """Ports that are free, and below those that the system gives to connections, which Ray makes many of."""
    ports: list[int] = []
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe:
            if len(ports) < count and probe.connect_ex(("127.0.0.1", port)):
                ports.append(port)
    return ports


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def is_reachable(address: str) -> bool:
    try:
        return submission.status(address) == []
    except WorkerError:
        return False


def stop(head: subprocess.Popen[bytes]) -> None:
    """Ends a cluster; one that a failed test has left busy takes too long, and is killed with all that it started."""
    head.terminate()
    try:
        head.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(head.pid, signal.SIGKILL)
        head.wait(30)


@pytest.fixture(scope="module")
def cluster_folder() -> Iterator[Path]:
    """The folder in which the cluster keeps its files."""
    # A path of pytest's would be too long for the names of Ray's sockets.
    folder = Path(tempfile.mkdtemp(prefix="ray"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster(cluster_folder: Path) -> Iterator[str]:
    """The address of a cluster's job server."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    binaries = Path(sys.executable).parent
    command = [str(binaries / "ray"), "start", "--head", "--block", "--num-cpus=2", "--disable-usage-stats"]
    command += [f"--temp-dir={cluster_folder}", "--object-store-memory=100000000"]
    command += [f"--{name}={port}" for name, port in ports.items()]
    path = f"{binaries}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "RAY_AUTH_MODE": "disabled"}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    head = subprocess.Popen(command, cwd=cluster_folder, env=environment, start_new_session=True, **silent)
    address = f"http://127.0.0.1:{ports['dashboard-port']}"
    try:
        wait_until(lambda: is_reachable(address), 120)
        yield address
    finally:
        stop(head)


def test_a_job_that_is_sent_is_the_same_job_there(write_job: Callable[..., Path], tmp_path: Path) -> None:
    job = load_job(write_job(RECORDS))
    there = tmp_path / "there" / "job.yaml"
    there.parent.mkdir()
    there.write_text(submission.serialize_job(job), encoding="utf-8")
    files = [(str(tmp_path / "corpus.jsonl"), 7)]
    assert load_job(there) == job
    assert compute_fingerprint(load_job(there), files) == compute_fingerprint(job, files)


def test_a_submitted_job_streams_its_log_and_publishes_its_run(
    cluster: str,
    cluster_folder: Path,
    write_job: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = load_job(write_job(RECORDS))
    # The user's own modules, in the folder from which the job is submitted.
    for package in PACKAGES:
        (tmp_path / f"{package}.py").write_text("raise ImportError('a module of the user')\n")
    monkeypatch.chdir(tmp_path)
    sent = submission.submit(job, cluster)
    lines: list[str] = []
    had_ended: list[bool] = []

    def tell(line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            had_ended.append(submission.status(cluster, sent)[0].has_ended)

    assert submission.follow(cluster, sent, tell) == 0, lines
    assert had_ended == [False]
    assert any("20 documents" in line for line in lines)
    assert [run["status"] for run in PatternStore(job.store.url).rows("runs")] == ["complete"]
    (found,) = submission.status(cluster, sent)
    assert (found.id, found.status, found.exit_code) == (sent, "SUCCEEDED", 0)
    assert sent in [each.id for each in submission.status(cluster)]
    # The job ran with the package that was sent, in which the links to its parts have become folders.
    unpacked = cluster_folder.glob("session_*/runtime_resources/py_modules_files/*/camlode/*/__init__.py")
    assert {path.parent.name for path in unpacked} == {*PACKAGES}


def test_a_mistake_in_the_job_is_one_line_and_exit_code_2(cluster: str, write_job: Callable[..., Path]) -> None:
    job = load_job(write_job(RECORDS), ["corpus.paths=nothing.jsonl"])
    lines: list[str] = []
    assert submission.follow(cluster, submission.submit(job, cluster), lines.append) == 2
    # Before it, Ray says what it runs.
    assert ["nothing.jsonl" in line for line in lines if "camlode.pipeline.cli" not in line][-1:] == [True]
    assert [line.startswith("camlode: ") for line in lines].count(True) == 1


def test_a_running_job_can_be_stopped_once(cluster: str, write_job: Callable[..., Path]) -> None:
    sent = submission.submit(load_job(write_job(RECORDS)), cluster)
    wait_until(lambda: submission.status(cluster, sent)[0].status == "RUNNING", 30)
    assert submission.stop(cluster, sent)
    assert submission.follow(cluster, sent, str) == 130
    assert submission.status(cluster, sent)[0].status == "STOPPED"
    assert not submission.stop(cluster, sent)


def test_an_unknown_job_is_one_line(cluster: str) -> None:
    host = cluster.removeprefix("http://")
    for ask in (submission.status, submission.stop, lambda *where: submission.follow(*where, str)):
        with pytest.raises(JobError, match=rf"^there is no camlode job nobody at http://\*\*\*@{host}; "):
            ask(f"http://me:secret@{host}", "nobody")


def test_an_address_without_a_server_is_one_line_within_seconds() -> None:
    (port,) = free_ports(1)
    with pytest.raises(WorkerError, match=rf"^nothing answers at http://\*\*\*@127\.0\.0\.1:{port} within 5 s; "):
        submission.status(f"http://me:secret@127.0.0.1:{port}")


def test_a_server_that_never_answers_is_one_line_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_server, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(WorkerError, match="nothing answers at"):
        submission.status(f"http://127.0.0.1:{server.getsockname()[1]}")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (200, r"^http://127\.0\.0\.1:\d+ is not a Ray job server \(HTTP status 200\); "),
        (401, r"^Ray's job server at http://127\.0\.0\.1:\d+ requires its token: set RAY_AUTH_MODE=token, "),
    ],
)
def test_a_server_that_answers_something_else_is_one_line(answer: int, words: str) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer)
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(WorkerError, match=words):
            submission.status(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("127.0.0.1:8265", "127.0.0.1:8265"),
        ("ray://127.0.0.1:10001", "ray://127.0.0.1:10001"),
        ("http://", "http://"),
        ("http://head:port", "http://head:port"),
        ("ftp://me:se/cr@t@head", "ftp://***@head"),
    ],
)
def test_what_is_no_url_of_a_job_server_is_one_line(address: str, shown: str) -> None:
    with pytest.raises(JobError) as raised:
        submission.status(address)
    assert str(raised.value).startswith(f"--address {shown}: expected the URL of Ray's job server, such as http://")
