from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, sqlite

creating = pytest.mark.parametrize("create", [False, True], ids=["read", "create"])


def foreign_database(path: Path) -> bytes:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    connection.close()
    return path.read_bytes()


@pytest.fixture(params=["", "sqlite:///", "sqlite+pysqlite:///"])
def any_address(request, sqlite_address):
    return f"{request.param}{sqlite_address}"


def test_reading_a_store_that_is_not_there_says_what_makes_one(any_address, tmp_path):
    with pytest.raises(
        StoreError, match=f"there is no pattern store at {tmp_path}/patterns.db: camlode mine makes one"
    ):
        PatternStore(any_address)
    assert list(tmp_path.iterdir()) == []


@creating
def test_a_file_that_is_no_database_is_refused_untouched(address, tmp_path, create):
    file = tmp_path / "patterns.db"
    file.write_text("not a database, but longer than a header of one hundred bytes" * 5)
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"patterns.db: not a SQLite database, so not a pattern store$"):
        PatternStore(address, create=create)
    assert file.read_bytes() == before


@creating
def test_a_newer_store_is_refused(store, address, query, create):
    query("UPDATE camlode_revision SET version_num = '0999'")
    message = (
        "the store has revision 0999, made by a newer version of camlode; this version knows 0001: update camlode$"
    )
    with pytest.raises(StoreError, match=message):
        PatternStore(address, create=create)


@creating
def test_a_database_of_something_else_is_refused_untouched(address, tmp_path, create):
    before = foreign_database(tmp_path / "patterns.db")
    with pytest.raises(
        StoreError, match=r"not a pattern store, but a database with the tables customers: nothing was changed$"
    ):
        PatternStore(address, create=create)
    assert (tmp_path / "patterns.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["patterns.db"]


def test_reading_an_empty_database_says_that_it_is_empty(address, tmp_path):
    (tmp_path / "patterns.db").touch()
    with pytest.raises(StoreError, match="an empty database without patterns: run camlode mine first"):
        PatternStore(address)


def test_an_empty_file_becomes_a_store(address, tmp_path):
    (tmp_path / "patterns.db").touch()
    assert PatternStore(address, create=True).rows("runs") == []


@creating
def test_a_folder_is_refused(tmp_path, create):
    with pytest.raises(StoreError, match=f"^{tmp_path}: a folder, where a SQLite file was expected$"):
        PatternStore(tmp_path, create=create)


def test_a_store_in_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(StoreError, match=f"the folder {tmp_path}/no does not exist: make it, or name another$"):
        PatternStore(tmp_path / "no" / "patterns.db", create=True)


def test_a_store_that_cannot_be_written_is_not_made():
    with pytest.raises(StoreError, match="the file cannot be opened: check the permissions of the file"):
        PatternStore("/proc/patterns.db", create=True)


def test_a_store_that_may_only_be_read_is_read(store, publish_run, tmp_path, monkeypatch):
    publish_run({"财经": ["基金"]})
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert store.patterns()["fragment"].tolist() == ["基金"]
    assert [path.name for path in tmp_path.iterdir()] == ["patterns.db"]


def test_a_store_that_is_deleted_while_in_use_is_missed(store, publish_run, tmp_path):
    publish_run({"财经": ["基金"]})
    (tmp_path / "patterns.db").unlink()
    with pytest.raises(StoreError, match="there is no pattern store at"):
        store.patterns()


def test_writing_does_not_make_a_store_that_was_deleted(store, start, tmp_path):
    (tmp_path / "patterns.db").unlink()
    with pytest.raises(StoreError, match="there is no pattern store at"):
        store.start_run(start)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a store.db", "50%.db", "什么?.db", "a#b.db", "it's.db", "a&mode=memory.db"])
def test_any_file_name_will_do(tmp_path, name):
    PatternStore(tmp_path / name, create=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert PatternStore(str(tmp_path / name)).rows("runs") == []


def test_a_relative_path_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    PatternStore("sqlite:///patterns.db", create=True)
    assert PatternStore("patterns.db").rows("runs") == []


@creating
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("://me:secret@host/db", "://me:[*]{3}@host/db: not a database URL: expected a file or postgresql://"),
        ("postgresql://me:secret@host:port/db", "postgresql://me:[*]{3}@host:port/db: "),
        (
            "mysql+pymysql://me:se/c@ret@host/db",
            "mysql[+]pymysql://me:[*]{3}@host/db: stores are kept in SQLite or PostgreSQL, not mysql[+]pymysql: ",
        ),
        ("nosuch://host/db?user=me&password=secret", "nosuch://host/db.user=me&password=[*]{3}: stores are kept in"),
        ("postgresql+psycopg2://me:secret@host/db", "me:[*]{3}@host/db: stores are kept in SQLite or PostgreSQL, not"),
        ("sqlite://", "sqlite://: expected a SQLite file and no options: sqlite:///PATH$"),
        ("sqlite:///:memory:", "expected a SQLite file and no options"),
        ("sqlite:///patterns.db?mode=memory", "expected a SQLite file and no options"),
        ("sqlite+aiosqlite:///patterns.db", "expected a SQLite file and no options"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(url, message, create):
    with pytest.raises(StoreError, match=message) as raised:
        PatternStore(url, create=create)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("patterns.db", Path("patterns.db")),
        ("sqlite:///a/patterns.db", Path("a/patterns.db")),
        ("sqlite:////a/patterns.db", Path("/a/patterns.db")),
        ("sqlite+pysqlite:///patterns.db", Path("patterns.db")),
        ("sqlite:///patterns.db?x=1", None),
        ("postgresql://host/db", None),
    ],
)
def test_which_addresses_are_plain_files(address, file):
    assert sqlite.path_from_url(address) == file


def test_reading_loads_neither_sqlalchemy_nor_pandas_nor_arrow(tmp_path, run_python):
    PatternStore(tmp_path / "patterns.db", create=True)
    code = (
        "import sys; from camlode.sql import PatternStore; PatternStore(arguments[0]).rows('runs')\n"
        "print(sorted({'sqlalchemy', 'pandas', 'pyarrow', 'numpy'} & sys.modules.keys()))"
    )
    assert run_python(code, tmp_path / "patterns.db").stdout == "[]\n"
