from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner, Result

from camlode.pipeline import cli
from camlode.pipeline.records import CorpusFile, Counts, Shard
from camlode.pipeline.runs.summary import MineReport
from camlode.workers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FAILURE = Failure(Shard("0" * 16, 0, CorpusFile("gone.jsonl", 1), "bytes", 0, 1), "CorpusError: gone")


def report(**changes: Any) -> MineReport:
    values = {
        "run": 7,
        "store": "patterns.db",
        "counts": Counts(read=2, explained=2),
        "patterns": 5,
        "duplicate_ids": 0,
        "padding_share": 0.0,
        "residual": None,
        "method": "grad-cam",
        "unit": "logits",
        "failures": (),
        "seconds": 1.0,
        "folder": "work/key",
        "documents": 2,
    }
    return MineReport(**values | changes)


@pytest.fixture
def mined(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `mine` and `retry` are asked for; they answer with what is put at "report", or raise it."""
    asked: dict[str, Any] = {"report": report()}

    def answer(**given: Any) -> MineReport:
        asked.update(given)
        if isinstance(asked["report"], BaseException):
            raise asked["report"]
        found: MineReport = asked["report"]
        return found

    monkeypatch.setattr("camlode.pipeline.mining.mine", lambda job, **given: answer(job=job, **given))
    monkeypatch.setattr(
        "camlode.pipeline.mining.retry", lambda store, run, **given: answer(store=store, run=run, **given)
    )
    return asked


@pytest.fixture
def job_file(unloaded_job: Path) -> str:
    return str(unloaded_job)


@pytest.fixture
def camlode() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(cli.app, arguments)


@pytest.mark.parametrize(
    ("options", "fresh", "profile"),
    [([], False, False), (["--fresh"], True, False), (["--profile"], False, True)],
)
def test_options_of_mine_are_passed_on(
    mined: dict[str, Any], camlode: Any, job_file: str, options: list[str], fresh: bool, profile: bool
) -> None:
    done = camlode("mine", job_file, "--set", "run.workers=3", *options)
    assert done.exit_code == 0
    assert (mined["fresh"], mined["profile"], mined["job"].run.workers) == (fresh, profile, 3)
    assert done.stdout.endswith("published 5 patterns as run 7 in patterns.db\n")


def test_a_profile_says_where_it_is(mined: dict[str, Any], camlode: Any, job_file: str) -> None:
    done = camlode("mine", job_file, "--profile")
    assert "timeline for chrome://tracing or ui.perfetto.dev: work/key/trace.json\n" in done.stderr


def test_a_job_that_was_done_before_has_no_profile(mined: dict[str, Any], camlode: Any, job_file: str) -> None:
    mined["report"] = report(already_complete=True, documents=0, seconds=0.0)
    done = camlode("mine", job_file, "--profile")
    assert (done.exit_code, done.stderr) == (0, "")
    found, read, *_ = done.stdout.splitlines()
    assert found == "run 7 in patterns.db already holds the result of this job; --fresh mines it again"
    assert read.startswith("read 2 ")


def test_documents_of_an_earlier_process_are_counted_apart(mined: dict[str, Any], camlode: Any, job_file: str) -> None:
    mined["report"] = report(counts=Counts(read=1200, explained=1200), documents=200)
    done = camlode("mine", job_file)
    assert "read 1,200 documents in 1.0 s (200 per second), 1,000 of them by an earlier process: 1,200" in done.stdout


def test_a_table_says_what_the_stages_took(mined: dict[str, Any], camlode: Any, job_file: str) -> None:
    from camlode.pipeline.runs.summary import Bottleneck

    stages = {"read": 0.5, "attribute": 4.0, "match": 2.0}
    mined["report"] = report(documents=100, stages=stages, bottleneck=Bottleneck(0.9, 0.2), matched_documents=500)
    lines = [" ".join(line.split()) for line in camlode("mine", job_file).stderr.splitlines()]
    assert lines == [
        "stage seconds documents per second",
        "read 0.5 200",
        "attribute 4.0 25",
        "match 2.0 250",
        "bottleneck: attribution, 90% busy; reading and extracting were 20%",
    ]


@pytest.mark.parametrize(("matched", "told"), [(1200, True), (None, False)])
def test_matched_documents_are_counted(
    mined: dict[str, Any], camlode: Any, job_file: str, matched: int | None, told: bool
) -> None:
    mined["report"] = report(matched_documents=matched)
    words = "matched the patterns in 1,200 documents\n"
    assert (words in camlode("mine", job_file).stdout) is told


@pytest.mark.parametrize("command", [["mine", "JOB"], ["retry", "patterns.db", "7"]])
def test_failed_shards_end_with_three_and_say_what_to_do(
    mined: dict[str, Any], camlode: Any, job_file: str, command: list[str]
) -> None:
    mined["report"] = report(failures=(FAILURE,))
    done = camlode(*(job_file if each == "JOB" else each for each in command))
    assert done.exit_code == 3
    words = "failed shards, missing from the result: 1 (camlode retry patterns.db 7 retries them)"
    assert words in done.stdout


@pytest.mark.parametrize("command", [["mine", "JOB"], ["retry", "patterns.db", "7"]])
def test_an_interrupted_job_ends_with_130_and_says_what_to_do(
    mined: dict[str, Any], camlode: Any, job_file: str, command: list[str]
) -> None:
    mined["report"] = KeyboardInterrupt()
    done = camlode(*(job_file if each == "JOB" else each for each in command))
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.stderr == "camlode: interrupted; run the same command again to resume\n"


def test_retry_takes_a_store_and_a_run(mined: dict[str, Any], camlode: Any) -> None:
    done = camlode("retry", "patterns.db", "7")
    assert (done.exit_code, mined["store"], mined["run"]) == (0, "patterns.db", 7)
