from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

OLD = Path(__file__).parents[2] / "sql" / "stores" / "0001.sql"


@pytest.fixture
def old(tmp_path: Path) -> str:
    """A store of revision 0001."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    return str(path)


def test_upgrade_says_what_it_did_and_then_that_nothing_is_to_be_done(camlode, old):
    first, second = camlode("db", "upgrade", old), camlode("db", "upgrade", old)
    assert (first.returncode, first.stdout) == (0, f"{old}: upgraded to revision 0002\n")
    assert (second.returncode, second.stdout) == (0, f"{old}: of revision 0002, so there is nothing to do\n")
    assert camlode("query", old, "--label", "坏", "--format", "csv").stdout.count("楼盘") == 1


def test_current_prints_the_revision(camlode, old, mined):
    assert camlode("db", "current", old).stdout == "0001\n"
    assert camlode("db", "current", mined.path).stdout == "0002\n"


def test_check_finds_nothing_in_a_store_that_is_well(camlode, mined):
    mined.publish({"数码": ["电脑"]})
    done = camlode("db", "check", mined.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{mined.path}: all is well\n", "")


def test_check_prints_each_problem_and_ends_with_one(camlode, mined):
    with closing(sqlite3.connect(mined.path)) as connection:
        connection.execute("DROP VIEW top_patterns")
        connection.execute("DROP INDEX ix_patterns_fragment_id")
    done = camlode("db", "check", mined.path)
    assert (done.returncode, done.stderr) == (1, "")
    assert sorted(done.stdout.splitlines()) == [
        "table patterns: index ix_patterns_fragment_id is missing",
        "view top_patterns is missing",
    ]


def test_check_names_the_command_for_an_old_store(camlode, old):
    done = camlode("db", "check", old)
    words = f"it is of revision 0001, and this camlode works with 0002: camlode db upgrade {old}\n"
    assert (done.returncode, done.stdout) == (1, words)


def test_an_old_store_is_not_queried_but_told_the_command(run_refused, old):
    assert run_refused("query", old).endswith(f"bring it up to date with: camlode db upgrade {old}")


@pytest.mark.parametrize("command", ["upgrade", "current", "check"])
def test_a_store_that_is_not_there_is_one_line(run_refused, tmp_path, command):
    path = tmp_path / "none.db"
    assert run_refused("db", command, path) == f"there is no pattern store at {path}: camlode mine makes one"


@pytest.mark.parametrize("command", ["upgrade", "current", "check"])
def test_a_password_is_never_printed(run_refused, command):
    assert "secret" not in run_refused("db", command, "mysql://me:secret@host/db")


def test_a_damaged_store_is_not_upgraded(run_refused, old):
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("DELETE FROM runs WHERE id = 3")
        connection.commit()
    assert run_refused("db", "upgrade", old) == (
        f"{old}: left as it is, since it is damaged: 2 of shards point at runs that are not there: restore a copy of it"
    )
