from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest


def test_a_current_store_needs_no_upgrade(camlode, mined):
    done = camlode("db", "upgrade", mined.path)
    assert (done.returncode, done.stdout) == (0, f"{mined.path}: already at revision 0001\n")
    assert camlode("db", "current", mined.path).stdout == "0001\n"


def test_check_finds_nothing_in_a_store_that_is_well(camlode, mined):
    mined.publish({"数码": ["电脑"]})
    done = camlode("db", "check", mined.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{mined.path}: no problems found\n", "")


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


@pytest.mark.parametrize("command", ["upgrade", "current", "check"])
def test_a_store_that_is_not_there_is_one_line(run_refused, tmp_path, command):
    path = tmp_path / "none.db"
    assert run_refused("db", command, path) == f"there is no pattern store at {path}: camlode mine makes one"


def test_a_store_of_a_development_version_is_refused(run_refused, mined):
    with closing(sqlite3.connect(mined.path)) as connection:
        connection.execute("DROP TABLE camlode_revision")
    assert run_refused("db", "upgrade", mined.path).endswith(
        "was made by a development version of camlode and cannot be upgraded: mine the corpus again into a new store"
    )


@pytest.mark.parametrize("command", ["upgrade", "current", "check"])
def test_a_password_is_never_printed(run_refused, command):
    assert "secret" not in run_refused("db", command, "mysql://me:secret@host/db")
