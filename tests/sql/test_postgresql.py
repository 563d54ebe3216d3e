"""What only a server can do wrong."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, engine

if TYPE_CHECKING:
    from collections.abc import Callable

creating = pytest.mark.parametrize("create", [False, True], ids=["read", "create"])


@pytest.fixture
def address(postgresql_address: str) -> str:
    return postgresql_address


@pytest.fixture
def user(postgresql_server: str, address: str, query: Any) -> str:
    """The address of the same schema for somebody who needs a password, which is "right", and owns nothing there."""
    if not query("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        query("CREATE ROLE reader LOGIN PASSWORD 'right'")
    schema = address.rpartition("%3D")[2]
    query(f"GRANT USAGE ON SCHEMA {schema} TO reader")
    query(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO reader")
    file = Path(query("SHOW hba_file")[0][0])
    rules = file.read_text()
    if "reader" not in rules:
        file.write_text(f"local all reader scram-sha-256\n{rules}")
        query("SELECT pg_reload_conf()")
    return address.replace("postgres:@", "reader:right@")


@creating
def test_a_wrong_password_is_told_and_not_shown(user: str, create: bool) -> None:
    with pytest.raises(StoreError, match='password authentication failed for user "reader"') as raised:
        PatternStore(user.replace("right", "s3cret"), create=create)
    assert "s3cret" not in str(raised.value)
    assert "reader:***@" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_somebody_who_may_only_read_reads(user: str, store: PatternStore, publish_run: Callable[..., int]) -> None:
    publish_run({"财经": ["基金"]})
    theirs = PatternStore(user)
    assert theirs.patterns(contains="基金")["fragment"].tolist() == ["基金"]
    with pytest.raises(StoreError, match="permission denied") as raised:
        theirs.review("基金", "财经", "accepted")
    assert "right" not in str(raised.value)


@creating
def test_a_schema_of_something_else_is_refused_untouched(address: str, query: Any, create: bool) -> None:
    query("CREATE TABLE customers (name text)")
    with pytest.raises(StoreError, match=r"not a pattern store, but a database with the tables customers"):
        PatternStore(address, create=create)
    assert query("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()") == [("customers",)]


def test_what_another_schema_holds_does_not_matter(address: str, query: Any) -> None:
    query("CREATE SCHEMA IF NOT EXISTS elsewhere")
    query("CREATE TABLE IF NOT EXISTS elsewhere.customers (name text)")
    assert PatternStore(address, create=True).rows("runs") == []


def test_an_empty_schema_says_what_fills_it(address: str) -> None:
    with pytest.raises(StoreError, match="an empty database without patterns: run camlode mine first"):
        PatternStore(address)


@creating
def test_a_database_in_another_encoding_is_not_made_a_store(postgresql_server: str, query: Any, create: bool) -> None:
    if not query("SELECT 1 FROM pg_database WHERE datname = 'latin'"):
        query("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    message = "encoding is UTF8, got LATIN1" if create else "an empty database"
    with pytest.raises(StoreError, match=message):
        PatternStore(postgresql_server.replace("/postgres?", "/latin?"), create=create)


@creating
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("postgresql://me:secret@127.0.0.1:1/db", "me:[*]{3}@127.0.0.1:1/db: connection failed: .*refused"),
        ("postgres://me:secret@127.0.0.1:1/db", "postgres://me:[*]{3}@127.0.0.1:1/db: connection failed: .*refused"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/db", "connection failed: .*refused"),
        ("postgresql://me@127.0.0.1:1/db?password=secret", "password=[*]{3}: connection failed"),
        ("postgresql://me:secret@127.0.0.1:1/db?nosuch=1", 'not a database URL|invalid URI query parameter: "nosuch"'),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_at_once(url: str, message: str, create: bool) -> None:
    with pytest.raises(StoreError, match=message) as raised:
        PatternStore(url, create=create)
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_database_that_is_not_there_is_named(postgresql_server: str) -> None:
    with pytest.raises(StoreError, match='database "nosuch" does not exist'):
        PatternStore(postgresql_server.replace("/postgres?", "/nosuch?"))


def test_a_store_that_is_dropped_while_in_use_is_missed(
    store: PatternStore, publish_run: Callable[..., int], query: Any
) -> None:
    publish_run({"财经": ["基金"]})
    query("DROP VIEW run_difference, run_summary, label_summary, pattern_precision, top_patterns")
    query("DROP TABLE examples, patterns")
    with pytest.raises(StoreError, match='relation "patterns" does not exist'):
        store.patterns()


def test_a_connection_that_the_server_has_ended_is_made_anew(
    store: PatternStore, publish_run: Callable[..., int], query: Any
) -> None:
    publish_run({"财经": ["基金"]})
    store.patterns()
    query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'camlode'")
    assert store.patterns()["fragment"].tolist() == ["基金"]


def test_a_writer_waits_for_a_server_that_restarts(
    store: PatternStore, start: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = threading.Event()
    there = engine.postgresql.connect

    def down(*_: object) -> Any:
        tried.set()
        monkeypatch.setattr(engine.postgresql, "connect", there)
        raise StoreError("refused") from psycopg.OperationalError("connection refused")

    monkeypatch.setattr(engine.postgresql, "connect", down)
    assert store.start_run(start) == 1
    assert tried.is_set()


def test_a_writer_gives_up_on_a_server_that_stays_down(
    store: PatternStore, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> Any:
        raise StoreError("refused") from psycopg.OperationalError("connection refused")

    monkeypatch.setattr(engine.postgresql, "connect", down)
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 0.0)
    with pytest.raises(StoreError, match="refused"):
        store.start_run(start)


@pytest.mark.parametrize(
    ("message", "down"),
    [
        ("connection refused", True),
        ("FATAL:  the database system is starting up", True),
        ('FATAL:  database "nosuch" does not exist', False),
    ],
)
def test_a_server_that_answers_is_not_down(message: str, down: bool) -> None:
    assert engine._is_server_down(psycopg.OperationalError(message)) is down


def test_a_writer_does_not_wait_for_a_password_to_become_right(user: str, store: PatternStore, start: Any) -> None:
    theirs = PatternStore(user)
    theirs._address = user.replace("right", "wrong")
    with pytest.raises(StoreError, match="password authentication failed"):
        theirs.start_run(start)


def test_a_store_can_be_sent_to_another_process(store: PatternStore, publish_run: Callable[..., int]) -> None:
    publish_run({"财经": ["基金"]})
    store.patterns()
    assert pickle.loads(pickle.dumps(store)).patterns()["fragment"].tolist() == ["基金"]


def test_threads_share_a_store(store: PatternStore, publish_run: Callable[..., int]) -> None:
    publish_run({"财经": ["基金"]})
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(len(store.rows("patterns")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8


def test_an_answer_that_is_not_read_to_its_end_gives_its_connection_back(
    store: PatternStore, publish_run: Callable[..., int], query: Any
) -> None:
    publish_run({"财经": ["基金", "期货"]})
    answer = store.stream("patterns")
    next(answer)
    answer.close()
    busy = query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'camlode' AND state <> 'idle'")
    assert busy == [(0,)]
