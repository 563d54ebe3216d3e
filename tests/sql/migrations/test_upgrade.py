from __future__ import annotations

import ctypes
import os
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, postgresql
from camlode.sql.ledger import STALE_SECONDS, current_process_id
from camlode.sql.migration import current_revision, upgrade

ROOT = Path(__file__).parents[3]

AT_PATTERNS = """
import os, signal, sys
from sqlalchemy import Engine, event
from camlode.sql.migration import upgrade

@event.listens_for(Engine, "before_cursor_execute")
def at_patterns(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO patterns"):
        {action}

print(upgrade({address!r}))
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
WAIT = "print('halfway', flush=True); sys.stdin.readline()"


@pytest.fixture
def start_python():
    """Starts Python code in another process, whose pipes are open."""
    processes = []

    def start(code):
        command = [sys.executable, "-c", code]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_what_was_applied_is_told_once(old):
    assert (current_revision(old), upgrade(old), current_revision(old), upgrade(old)) == ("0001", ["0002"], "0002", [])


def test_nothing_of_the_old_tables_is_left(old, dump_tables):
    upgrade(old)
    assert [name for name in dump_tables()[""] if "old" in name] == []


def test_an_upgrade_that_is_killed_leaves_the_store_whole(old, dump_tables, start_python):
    before = dump_tables()
    process = start_python(AT_PATTERNS.format(action=KILL, address=old))
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert dump_tables() == before
    assert (current_revision(old), upgrade(old)) == ("0001", ["0002"])


def test_an_upgrade_that_fails_leaves_the_store_whole(old, dump_tables):
    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO patterns"):
            raise OSError("no space left")

    before = dump_tables()
    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(OSError, match="no space left"):
            upgrade(old)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert dump_tables() == before
    assert (current_revision(old), upgrade(old)) == ("0001", ["0002"])


def test_of_two_upgrades_at_once_the_second_waits_and_finds_nothing_to_do(old, start_python):
    first = start_python(AT_PATTERNS.format(action=WAIT, address=old))
    assert first.stdout.readline() == "halfway\n"
    second = start_python(
        f"from camlode.sql.migration import upgrade; print('begun', flush=True); print(upgrade({old!r}))"
    )
    assert second.stdout.readline() == "begun\n"
    time.sleep(1.0)  # long enough to get as far as it can
    assert second.poll() is None
    out, errors = first.communicate("go on\n", timeout=60)
    assert out == "['0002']\n", errors
    out, errors = second.communicate(timeout=60)
    assert out == "[]\n", errors


@pytest.mark.parametrize("create", [False, True], ids=["read", "mine"])
def test_an_old_store_is_told_the_command(old, dump_tables, create):
    before = dump_tables()
    with pytest.raises(StoreError, match=r"a store of revision 0001, .* with 0002: .* camlode db upgrade \S+$"):
        PatternStore(old, create=create)
    assert dump_tables() == before


@pytest.mark.parametrize(
    ("owner", "seconds", "free"),
    [
        (current_process_id(), 1, False),
        (f"{socket.gethostname()}:{os.getpid()}:1", 1, True),  # ended, and another has its number
        ("elsewhere:1:1", 1, False),
        ("elsewhere:1:1", STALE_SECONDS + 5, True),
    ],
    ids=["this", "ended", "elsewhere", "elsewhere and silent"],
)
def test_a_run_that_is_being_worked_at_keeps_the_store_as_it_is(old, query, owner, seconds, free):
    heard = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")
    zone = "+00" if postgresql.is_postgresql(old) else ""
    query(f"UPDATE runs SET status = 'running', owner = '{owner}', heartbeat = '{heard}{zone}' WHERE id = 3")
    if free:
        assert upgrade(old) == ["0002"]
        return
    with pytest.raises(StoreError, match=r"run 3 is being worked at by process .*: wait for it or stop it"):
        upgrade(old)
    assert current_revision(old) == "0001"


def test_a_process_of_this_machine_is_at_work_though_it_was_not_heard_of_for_long(old, query, start_python):
    process = start_python(
        "import sys; from camlode.sql.ledger import this_process; print(this_process(), flush=True); input()"
    )
    owner = process.stdout.readline().strip()
    zone = "+00" if postgresql.is_postgresql(old) else ""
    query(f"UPDATE runs SET owner = '{owner}', heartbeat = '2025-03-03 08:00:00.000000{zone}' WHERE id = 3")
    with pytest.raises(StoreError, match=f"run 3 is being worked at by process {process.pid} on "):
        upgrade(old)
    process.communicate("\n", timeout=60)
    assert upgrade(old) == ["0002"]


def test_a_newer_store_is_refused(old, query):
    upgrade(old)
    query("UPDATE camlode_version SET version_num = '0999'")
    with pytest.raises(StoreError, match=r"a store of revision 0999, made by a newer camlode .*: update camlode$"):
        upgrade(old)
    assert current_revision(old) == "0999"


def test_a_database_of_something_else_is_refused(address, query):
    query("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError, match=r"a database of something else \(tables customers\): left untouched$"):
        upgrade(address)


def test_an_empty_file_is_left_empty(sqlite_address):
    Path(sqlite_address).touch()
    with pytest.raises(StoreError, match="an empty database, so there are no patterns yet: camlode mine makes them"):
        upgrade(sqlite_address)
    assert Path(sqlite_address).read_bytes() == b""


def test_an_empty_schema_is_left_empty(postgresql_address):
    with pytest.raises(StoreError, match="an empty database"):
        upgrade(postgresql_address)


def test_a_store_that_is_not_there_is_not_made(sqlite_address):
    with pytest.raises(StoreError, match="there is no pattern store at"):
        upgrade(sqlite_address)
    assert not Path(sqlite_address).exists()


@pytest.mark.parametrize("address", [pytest.param("sqlite", id="sqlite")], indirect=True)
def test_a_row_that_belongs_to_nothing_is_not_lost(old):
    with sqlite3.connect(old) as connection:
        connection.execute("DELETE FROM fragments WHERE id = 9")
    connection.close()
    with pytest.raises(StoreError, match="left as it is, since it is damaged: 1 of patterns point at fragments that"):
        upgrade(old)
    assert current_revision(old) == "0001"


def without_rights():
    """Lets a process of root's be refused what the rights of a file refuse."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE


@pytest.mark.parametrize("address", [pytest.param("sqlite", id="sqlite")], indirect=True)
def test_a_file_that_may_only_be_read_stays_as_it_is(old):
    with sqlite3.connect(old) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    before = Path(old).read_bytes()
    Path(old).chmod(0o444)
    code = f"from camlode.sql.migration import current, upgrade; print(current({old!r}), flush=True); upgrade({old!r})"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, preexec_fn=without_rights
    )
    assert done.stdout == "0001\n", done.stderr
    assert "the file may only be read: check who may write it and its folder" in done.stderr.splitlines()[-1]
    assert Path(old).read_bytes() == before
