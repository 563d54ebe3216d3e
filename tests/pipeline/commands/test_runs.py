from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.pipeline.records import REJECTS_SCHEMA
from camlode.sql import LedgerEntry, PatternStore

if TYPE_CHECKING:
    from pathlib import Path

REJECTED = [
    {"id": "a", "place": "corpus.jsonl:3", "reason": "null_text", "extract": ""},
    {"id": None, "place": "corpus.jsonl:5", "reason": "broken_json", "extract": "[red]坏\x1b"},
]


@pytest.fixture
def unfinished_run(mined: Any, run_start: Any, tmp_path: Path) -> str:
    """A store with a run that goes on: of its shards one is done, one has failed and one waits."""
    waiting = [LedgerEntry(number, "id", "corpus.jsonl", 90, "bytes", number, number + 30) for number in range(3)]
    store = mined.store
    run = store.start_run(replace(run_start, folder=str(tmp_path / "work")), waiting)
    done = replace(waiting[0], state="done", partial="0.parquet", documents=9, rejects=2)
    store.record(run, [done, replace(waiting[1], state="failed", attempts=3, error="ValueError: [bad]\x1b")])
    folder = tmp_path / "work" / "rejects"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(REJECTED, schema=REJECTS_SCHEMA), folder / "0.parquet")
    return str(mined.path)


def test_runs_shows_what_each_is_of_and_how_far(camlode: Any, unfinished_run: str) -> None:
    head, row, failure = camlode("runs", unfinished_run).stdout.splitlines()
    assert head.split()[:6] == ["run", "status", "current", "model", "corpus", "method"]
    assert row.split()[:5] == ["1", "running", "cnn", "questions", "grad-cam"]
    assert row.split()[-3:] == ["3", "1", "1"]
    assert failure == r"run 1, shard 1 failed (corpus.jsonl, bytes 1 to 31): ValueError: [bad]\x1b"


def test_runs_marks_the_current_one(camlode: Any, two_runs: Any, parse_table: Any) -> None:
    _, first, second = parse_table(camlode("runs", two_runs.path).stdout)
    assert (first[2], second[2]) == ("cnn", "yes")


def test_runs_as_json_holds_the_failed_shards(camlode: Any, unfinished_run: str) -> None:
    (row,) = json.loads(camlode("runs", unfinished_run, "--format", "json").stdout)
    assert (row["shards"], row["done_shards"], row["failed_shards"], row["model"]) == (3, 1, 1, "cnn")
    assert [(each["number"], each["attempts"], each["error"]) for each in row["failures"]] == [
        (1, 3, "ValueError: [bad]\x1b")
    ]


def test_a_store_without_runs(camlode: Any, mined: Any) -> None:
    done = camlode("runs", mined.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "the store has no run yet\n")


def test_rejects_are_listed(camlode: Any, unfinished_run: str) -> None:
    head, first, second = camlode("rejects", unfinished_run, "1").stdout.splitlines()
    assert head.split() == ["shard", "id", "place", "reason", "extract"]
    assert first.split() == ["0", "a", "corpus.jsonl:3", "null_text"]
    assert second.split() == ["0", "corpus.jsonl:5", "broken_json", r"[red]坏\x1b"]


def test_rejects_with_one_reason_as_json(camlode: Any, unfinished_run: str) -> None:
    done = camlode("rejects", unfinished_run, "1", "--reason", "broken_json", "--format", "json")
    assert json.loads(done.stdout) == [{"shard": 0, **REJECTED[1]}]


def test_no_reject_is_said_on_standard_error(camlode: Any, unfinished_run: str) -> None:
    done = camlode("rejects", unfinished_run, "1", "--reason", "no_tokens")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no record was rejected as no_tokens\n")


def test_current_prints_a_number_or_makes_a_run_current(camlode: Any, two_runs: Any) -> None:
    assert camlode("current", two_runs.path).stdout == "2\n"
    done = camlode("current", two_runs.path, 1)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"run 1 is now the current run of {two_runs.path}\n"
    assert camlode("current", two_runs.path).stdout == "1\n"
    assert [row["fragment"] for row in two_runs.store.rows("patterns", label="食物")] == ["水果"]


def test_delete_run_says_what_remains(camlode: Any, two_runs: Any) -> None:
    two_runs.store.review("耳机", "数码", "accepted")
    done = camlode("delete-run", two_runs.path, 1, "--yes")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == (
        f"deleted run 1 of {two_runs.path}; its log and its shards' results remain in work/0f-1 and are no longer "
        "needed\n"
    )
    assert [row["run"] for row in two_runs.store.rows("runs")] == [2]
    assert [row["fragment"] for row in two_runs.store.rows("reviews")] == ["耳机"]


@pytest.mark.parametrize("command", [["delete-run", "{store}", "9", "--yes"], ["current", "{store}", "9"]])
@pytest.mark.parametrize("run", ["9", "-1", "0", "99999999999999999999"])
def test_a_run_that_is_not_there(two_runs: Any, run_refused: Any, command: list[str], run: str) -> None:
    name, _, _, *options = command
    line = run_refused(name, two_runs.path, *options, "--", run)
    assert line == f"there is no run {run}: camlode runs lists them"


def test_a_run_is_not_deleted_where_nobody_can_be_asked(two_runs: Any, program: Any) -> None:
    done = program(f"$camlode delete-run {two_runs.path} 1 < /dev/null")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("camlode: run 1 was not deleted: there is no terminal to ask on; add --yes to delete it\n")
    assert len(two_runs.store.rows("runs")) == 2


def test_the_current_run_stays_while_there_are_others(two_runs: Any, run_refused: Any) -> None:
    assert run_refused("delete-run", two_runs.path, 2, "--yes") == (
        "run 2 is the current run: make another run current first: camlode current STORE 1"
    )


def test_a_run_that_is_not_published_cannot_be_current(unfinished_run: str, run_refused: Any) -> None:
    assert run_refused("current", unfinished_run, 1) == "run 1 cannot be made current: it is not published"
    assert (
        run_refused("current", unfinished_run)
        == f"{unfinished_run}: no run is current: choose one with camlode current STORE RUN"
    )


def test_a_store_that_cannot_be_reached_is_named_without_its_password(run_refused: Any) -> None:
    line = run_refused("current", "postgresql://ann:secret@127.0.0.1:9/db")
    assert line.startswith("postgresql://ann:***@127.0.0.1:9/db: ")
    assert "secret" not in line


def test_the_last_run_can_be_deleted(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["a"]})
    assert camlode("delete-run", mined.path, 1, "--yes").returncode == 0
    assert PatternStore(mined.path).rows("runs") == []
