from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, sqlite
from tests.sql.databases import both_databases

if TYPE_CHECKING:
    import pyarrow as pa

ROOT = Path(__file__).parents[2]

READ = """
from camlode.sql import PatternStore
print([(row["run"], row["fragment"]) for row in PatternStore(arguments[0]).rows("patterns")])
"""

PUBLISH_AND_DIE = """
import os, signal
from sqlalchemy import Engine, event
from camlode.sql import PatternStore
address, start, result = arguments

def die(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO rejects"):
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", die)
store = PatternStore(address)
store.publish(store.start_run(start), result)
"""


def replace_column(table: pa.Table, name: str, values: list[object]) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), [values])


@pytest.mark.parametrize(
    ("part", "column", "values", "message"),
    [
        ("patterns", "rank", [1, 1], "(?i)unique constraint.*patterns.label_id.*rank"),
        ("patterns", "rank", [1, 0], "(?i)check constraint.*ck_patterns_rank"),
        ("patterns", "importance", [1.0, float("nan")], "(?i)not.null constraint.*patterns|null value.*importance"),
        ("patterns", "gold_documents", [1, 9], "(?i)check constraint.*ck_patterns_matches"),
        ("patterns", "label", ["财经", "体育"], "the run has no label '体育': expected one of 财经, 房产"),
        ("patterns", "occurrences", [9, 3], "(?i)check constraint.*ck_patterns_counts"),
        (
            "examples",
            "fragment",
            ["期货", "没有"],
            "an example has the fragment '没有', which is not a pattern",
        ),
        ("examples", "kind", ["supporting", "other"], "(?i)check constraint.*ck_examples_kind"),
        ("examples", "importance", [1.0, None], "(?i)check constraint.*ck_examples_importance"),
        ("labels", "name", ["体育"], "the run has no label '体育': expected one of 财经, 房产"),
    ],
)
def test_a_result_that_does_not_fit_changes_nothing(
    store, publish_run, start, result, count_rows, part, column, values, message
):
    publish_run({"财经": ["基金"]})
    run = store.start_run(start)
    before = count_rows()
    good = result({"财经": ["期货", "黄金"]})
    with pytest.raises(StoreError, match=message):
        store.publish(run, replace(good, **{part: replace_column(getattr(good, part), column, values)}))
    assert count_rows() == before
    assert store.patterns()["fragment"].tolist() == ["基金"]
    assert store.runs()["status"].tolist() == ["complete", "running"]


def test_a_run_can_be_published_after_a_failed_attempt(store, start, result):
    run = store.start_run(start)
    good = result({"财经": ["期货", "黄金"]})
    with pytest.raises(StoreError):
        store.publish(run, replace(good, patterns=replace_column(good.patterns, "rank", [1, 1])))
    store.publish(run, good)
    assert store.patterns()["fragment"].tolist() == ["期货", "黄金"]


def test_an_example_belongs_to_a_pattern_of_its_label(store, start, result):
    run = store.start_run(start)
    good = result({"财经": ["期货"], "房产": ["均价"]})
    examples = replace_column(good.examples, "label", ["财经", "财经"])
    with pytest.raises(StoreError, match=r"(?i)foreign key constraint"):
        store.publish(run, replace(good, examples=examples))


@both_databases
def test_a_publisher_that_is_killed_leaves_the_current_run(
    address, store, publish_run, start, result, run_python, count_rows
):
    first = publish_run({"财经": ["基金"]})
    before = count_rows()
    many = [f"片{number}" for number in range(25_000)]
    process = run_python(PUBLISH_AND_DIE, address, start, result({"财经": many}))
    assert process.returncode == -signal.SIGKILL
    assert store.rows("patterns", top=5)[0] == store.rows("patterns", run=first)[0]
    assert count_rows() == before | {"labels": before["labels"] + 2}
    assert store.runs()["status"].tolist() == ["complete", "running"]


def test_a_store_can_be_written_after_a_publisher_was_killed(address, store, start, result, run_python, publish_run):
    run_python(PUBLISH_AND_DIE, address, start, result({"财经": ["基金"]}))
    run = publish_run({"财经": ["期货"]})
    assert [(row["run"], row["fragment"]) for row in store.rows("patterns")] == [(run, "期货")]


def test_a_reader_during_publishing_sees_the_former_run_whole(
    address, store, publish_run, start, result, run_python, before_commit
):
    first = publish_run({"财经": ["基金", "期货"]})
    run = store.start_run(start)
    seen = []
    with before_commit(lambda: seen.append(run_python(READ, address).stdout)):
        store.publish(run, result({"财经": ["黄金"]}))
    seen.append(run_python(READ, address).stdout)
    assert seen == [f"{[(first, '基金'), (first, '期货')]}\n", f"{[(run, '黄金')]}\n"]


@both_databases
def test_a_reader_does_not_hold_up_a_publisher(address, store, publish_run):
    first = publish_run({"财经": ["基金"]})
    with store._snapshot() as reader:
        before = reader.rows("SELECT run FROM top_patterns", {})
        second = publish_run({"财经": ["期货"]})
        after = reader.rows("SELECT run FROM top_patterns", {})
    assert before == after == [{"run": first}]
    assert store.rows("patterns")[0]["run"] == second


@both_databases
def test_a_second_writer_waits_and_then_says_why(store, start, publish_run, before_commit, monkeypatch):
    messages = []

    def write() -> None:
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
        with pytest.raises(StoreError) as raised:
            store.start_run(start)
        messages.append(str(raised.value))

    with before_commit(write):
        publish_run({"财经": ["基金"]})
    (message,) = messages
    assert message.endswith("another program has been writing to it for 0.1 seconds: try again when it is done")


def test_no_statement_outlives_its_work(store, publish_run):
    cursors = []

    def keep(_connection: object, cursor: object, *_rest: object) -> None:
        cursors.append(cursor)

    event.listen(Engine, "after_cursor_execute", keep)
    try:
        publish_run({"财经": ["基金"]})  # a cursor with rows still to give would refuse the commit
    finally:
        event.remove(Engine, "after_cursor_execute", keep)
    assert store.rows("patterns")[0]["fragment"] == "基金"


@both_databases
def test_programs_that_make_the_same_store_at_once_all_get_it(address):
    code = "import sys; from camlode.sql import PatternStore; PatternStore(sys.argv[1], create=True).runs()"
    command = [sys.executable, "-c", code, address]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    programs = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [program.communicate(timeout=60)[1] for program in programs] == ["", ""]
    assert PatternStore(address).rows("runs") == []
