"""`camlode serve` as it is started from a terminal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest


@pytest.fixture
def serve(store):
    """Starts the command with some options; gives the process."""
    started = []

    def start(*options):
        command = [sys.executable, "-m", "camlode.pipeline.cli", "serve", store.name, "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def fetch(address):
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read().decode()


def test_it_prints_where_it_is_and_answers_until_it_is_interrupted(serve, store):
    process = serve()
    place, sign_in = process.stderr.readline().strip(), process.stderr.readline().strip()
    assert place.startswith(f"{store.name}: http://127.0.0.1:")
    address = place.rpartition(" ")[2]
    token = sign_in.removeprefix(f"to review patterns, sign in: {address}/sign-in?token=")
    assert len(token) == 43  # 32 bytes in base64
    assert "财经" in fetch(address)
    loaded = subprocess.run(["cat", f"/proc/{process.pid}/maps"], capture_output=True, text=True, check=True).stdout
    assert "tensorflow" not in loaded
    os.kill(process.pid, signal.SIGINT)
    process.wait(20)
    assert "Traceback" not in process.stderr.read()


def test_a_port_that_is_taken_is_named_in_one_line(camlode, store):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = camlode("serve", store.name, "--port", port)
    assert answer.returncode == 2
    assert answer.stderr.startswith(f"camlode: 127.0.0.1:{port} can't be listened on: Address already in use")
    assert answer.stderr.count("\n") == 1


def test_a_store_that_is_not_there_is_named_in_one_line(camlode, tmp_path):
    answer = camlode("serve", tmp_path / "none.db")
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert "there is no pattern store" in answer.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    from camlode.config.errors import CamlodeError
    from camlode.explorer.serving import ListenAddress, serve

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(CamlodeError, match=r"^the explorer needs uvicorn: pip install 'camlode\[explorer\]'$"):
        serve("x.db", ListenAddress("127.0.0.1", 0), echo=print)
