"""`camlode serve` as it is started from a terminal."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from camlode.config.errors import CamlodeError, StoreError
from camlode.explorer.serving import ListenAddress
from camlode.explorer.serving import serve as serve_store


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


def test_the_command_prints_its_address_and_serves_until_interrupted(serve, store):
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


def test_a_port_in_use_is_named_in_one_line(store):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CamlodeError) as caught:
            serve_store(store.name, ListenAddress("127.0.0.1", port), echo=print)
    assert str(caught.value).startswith(f"127.0.0.1:{port} can't be listened on: Address already in use")


def test_a_store_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(StoreError, match="there is no pattern store"):
        serve_store(str(tmp_path / "none.db"), ListenAddress("127.0.0.1", 0), echo=print)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(CamlodeError, match=r"^the explorer needs uvicorn: pip install 'camlode\[explorer\]'$"):
        serve_store("x.db", ListenAddress("127.0.0.1", 0), echo=print)
