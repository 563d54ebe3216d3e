"""The baseline, and upgrades to a revision that only these tests have."""

from __future__ import annotations

import os
import socket
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, check, engine, migration, postgresql, revision
from camlode.sql.migration import current_revision, migrate, upgrade
from camlode.sql.ownership import STALE_SECONDS, current_owner_id
from camlode.sql.revision import DEVELOPMENT_TABLES, REVISION, REVISIONS
from camlode.sql.views import create_views
from tests.sql.databases import both_databases

LATER = """
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("ALTER TABLE labels ADD COLUMN note TEXT")
    op.execute("UPDATE labels SET note = name")
"""


@pytest.fixture
def later_revision(tmp_path, monkeypatch):
    """Add a revision "0002", which gives labels a column `note`."""
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "0002_note.py").write_text(LATER)
    monkeypatch.setattr(migration, "VERSION_FOLDERS", [*migration.VERSION_FOLDERS, str(tmp_path / "later")])
    for module in (migration, revision, check):
        monkeypatch.setattr(module, "REVISIONS", ("0001", "0002"))
        monkeypatch.setattr(module, "REVISION", "0002")


@pytest.fixture
def old(publish_run, address, request):
    """The address of a store with a run, of the revision before `later_revision`."""
    publish_run({"财经": ["基金"]})
    request.getfixturevalue("later_revision")
    return address


@both_databases
def test_the_baseline_makes_the_tables_of_the_schema(address):
    with engine.transaction(address, "create") as connection:
        migrate(connection, REVISION)
        create_views(connection)
    assert check.check(address) == []
    assert PatternStore(address).rows("runs") == []


def test_each_revision_has_a_script():
    config = Config()
    config.set_main_option("script_location", "camlode.sql:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [REVISION]


@both_databases
def test_upgrade_applies_each_revision_once(old, query):
    assert (current_revision(old), upgrade(old), current_revision(old), upgrade(old)) == ("0001", ["0002"], "0002", [])
    assert query("SELECT note FROM labels ORDER BY position") == [("财经",), ("房产",)]
    assert query("SELECT fragment FROM top_patterns") == [("基金",)]
    assert PatternStore(old).rows("patterns")[0]["fragment"] == "基金"


def test_an_upgrade_that_fails_leaves_the_store_unchanged(old, query):
    def fail(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE labels"):
            raise OSError("no space left")

    schema = "SELECT name, sql FROM sqlite_master ORDER BY name"
    before = query(schema)
    event.listen(Engine, "before_cursor_execute", fail)
    try:
        with pytest.raises(OSError, match="no space left"):
            upgrade(old)
    finally:
        event.remove(Engine, "before_cursor_execute", fail)
    assert query(schema) == before
    assert (current_revision(old), upgrade(old)) == ("0001", ["0002"])


@both_databases
def test_the_second_of_two_upgrades_waits_and_finds_nothing_to_do(old, monkeypatch):
    halfway, second_began, found = threading.Event(), threading.Event(), []
    opened = migration._upgrade_transaction

    def wait(_connection, _cursor, statement, *_rest):
        if statement.startswith("UPDATE labels"):
            halfway.set()
            assert second_began.wait(30)

    def begin(address):
        if halfway.is_set():
            second_began.set()  # past its first look at the revision
        return opened(address)

    monkeypatch.setattr(migration, "_upgrade_transaction", begin)
    event.listen(Engine, "before_cursor_execute", wait)
    try:
        first = threading.Thread(target=lambda: found.append(("first", upgrade(old))))
        first.start()
        assert halfway.wait(30)
        found.append(("second", upgrade(old)))
        first.join()
    finally:
        event.remove(Engine, "before_cursor_execute", wait)
    assert dict(found) == {"first": ["0002"], "second": []}


@pytest.mark.parametrize("create", [False, True], ids=["read", "create"])
def test_an_old_store_is_refused_with_the_command_that_upgrades_it(old, create):
    with pytest.raises(StoreError, match=r"revision 0001, .* needs 0002: upgrade it with: camlode db upgrade \S+$"):
        PatternStore(old, create=create)
    (line,) = check.check(old)
    assert line.startswith("the store has revision 0001, but this version of camlode needs 0002: camlode db upgrade ")


@both_databases
@pytest.mark.parametrize(
    ("owner", "seconds", "free"),
    [
        (f"{socket.gethostname()}:{os.getppid()}:{{start}}", STALE_SECONDS + 5, False),  # silent, but alive
        (f"{socket.gethostname()}:{os.getpid()}:1", 1, True),  # ended, and another process has its number
        ("elsewhere:1:1", 1, False),
        ("elsewhere:1:1", STALE_SECONDS + 5, True),
    ],
    ids=["here", "ended", "elsewhere", "elsewhere and silent"],
)
def test_a_run_in_use_prevents_the_upgrade(old, query, owner, seconds, free):
    owner = owner.format(start=Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[19])
    heard = (datetime.now(UTC) - timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")
    zone = "+00" if postgresql.is_postgresql(old) else ""
    query(f"UPDATE runs SET owner = '{owner}', heartbeat = '{heard}{zone}'")
    if free:
        assert upgrade(old) == ["0002"]
        return
    with pytest.raises(StoreError, match=r"run 1 is in use by process"):
        upgrade(old)
    assert current_revision(old) == "0001"


def test_a_run_of_this_process_does_not_count_as_ended(old, query):
    query(f"UPDATE runs SET owner = '{current_owner_id()}', heartbeat = '2999-01-01 00:00:00.000000'")
    with pytest.raises(StoreError, match=r"run 1 is in use by process"):
        upgrade(old)


def test_a_damaged_store_is_not_upgraded(old):
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DELETE FROM fragments")
        connection.commit()
    with pytest.raises(StoreError, match="the store is damaged and was not changed: 1 of patterns reference fragments"):
        upgrade(old)
    assert current_revision(old) == "0001"


@both_databases
@pytest.mark.parametrize("act", [current_revision, upgrade, check.check, PatternStore])
def test_a_store_of_the_development_revisions_is_refused(address, query, act):
    for table in DEVELOPMENT_TABLES:
        query(f"CREATE TABLE {table} (id INTEGER)")
    query("CREATE TABLE camlode_version (version_num VARCHAR(32))")
    query("INSERT INTO camlode_version VALUES ('0001')")
    with pytest.raises(StoreError, match=r"development version .* mine the corpus again into a new store$"):
        act(address)


def test_a_newer_store_is_refused(store, address, query):
    query("UPDATE camlode_revision SET version_num = '0999'")
    with pytest.raises(StoreError, match=r"revision 0999, made by a newer version .*: update camlode$"):
        upgrade(address)
    assert current_revision(address) == "0999"


@both_databases
def test_an_empty_database_is_not_made_a_store(address):
    if not postgresql.is_postgresql(address):
        Path(address).touch()
    with pytest.raises(StoreError, match="an empty database without patterns: run camlode mine first"):
        upgrade(address)
    if not postgresql.is_postgresql(address):
        assert Path(address).read_bytes() == b""


def test_a_store_that_is_not_there_is_not_made(address):
    with pytest.raises(StoreError, match="there is no pattern store at"):
        upgrade(address)
    assert not Path(address).exists()
