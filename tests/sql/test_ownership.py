from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from camlode.sql import has_ended
from camlode.sql.ownership import current_owner_id

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
NAME_AND_WAIT = "from camlode.sql.ownership import current_owner_id; print(current_owner_id(), flush=True); input()"


@pytest.fixture
def other() -> Iterator[subprocess.Popen[str]]:
    """Another process, which has said its name and waits."""
    command = [sys.executable, "-c", NAME_AND_WAIT]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def read_name(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_process_is_named_by_host_number_and_start() -> None:
    host, number, start = current_owner_id().rsplit(":", 2)
    assert (host, number) == (socket.gethostname(), str(os.getpid()))
    assert int(start) > 0
    assert current_owner_id() == current_owner_id()


def test_a_process_that_lives_has_not_ended(other: subprocess.Popen[str]) -> None:
    name = read_name(other)
    assert name != current_owner_id()
    assert not has_ended(name)
    assert not has_ended(current_owner_id())


def test_a_process_that_was_killed_has_ended(other: subprocess.Popen[str]) -> None:
    name = read_name(other)
    other.kill()
    other.wait()
    assert has_ended(name)


def test_a_process_has_ended_though_nobody_has_asked_for_its_exit_code(other: subprocess.Popen[str]) -> None:
    name = read_name(other)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
    assert has_ended(name)


def test_another_process_of_the_same_number_is_another() -> None:
    host, number, start = current_owner_id().rsplit(":", 2)
    assert has_ended(f"{host}:{number}:{int(start) + 1}")


def test_of_another_machine_nothing_is_known() -> None:
    assert not has_ended("elsewhere:1:0")


def test_a_host_may_have_colons() -> None:
    assert not has_ended("fe80::1:1:0")
