from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from camlode.pipeline.commands.cluster import app
from camlode.workers import submission
from camlode.workers.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDED = Submission("ray_1", "FAILED", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC), None, 3, "2 shards failed")


@pytest.fixture
def submission_calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the commands ask of the job server, which has one job, ray_1."""
    calls: list[tuple[Any, ...]] = []

    def follow(address: str, job: str, tell: Callable[[str], object]) -> int:
        tell("a line of its log")
        return 3

    def sent(job: Any, address: str, *, fresh: bool) -> str:
        calls.append(("submit", address, job.run.workers, fresh))
        return "ray_1"

    monkeypatch.setattr(submission, "submit", sent)
    monkeypatch.setattr(submission, "follow", follow)
    monkeypatch.setattr(submission, "status", lambda *where: calls.append(("status", *where)) or [ENDED])
    monkeypatch.setattr(submission, "stop", lambda *where: calls.append(("stop", *where)) or False)
    return calls


def test_submit_shows_the_log_and_ends_with_the_jobs_exit_code(
    submission_calls: list[tuple[Any, ...]], unloaded_job: Path
) -> None:
    command = ["submit", str(unloaded_job), "--address", "http://head:8265", "--set", "run.workers=2", "--fresh"]
    answer = CliRunner().invoke(app, command)
    assert (answer.exit_code, answer.stdout) == (3, "submitted ray_1\na line of its log\n")
    assert submission_calls == [("submit", "http://head:8265", 2, True)]


def test_submit_need_not_wait(submission_calls: list[tuple[Any, ...]], unloaded_job: Path) -> None:
    answer = CliRunner().invoke(app, ["submit", str(unloaded_job), "--address", "http://head:8265", "--no-wait"])
    assert (answer.exit_code, answer.stdout) == (0, "submitted ray_1\n")


def test_ctrl_c_leaves_the_job_running(
    submission_calls: list[tuple[Any, ...]], unloaded_job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(submission, "follow", interrupted)
    answer = CliRunner().invoke(app, ["submit", str(unloaded_job), "--address", "http://head:8265"])
    assert answer.exit_code == 130
    assert answer.stderr == "ray_1 keeps running; to stop it: camlode stop ray_1\n"


def test_status_lists_the_jobs_at_the_address_in_the_environment(submission_calls: list[tuple[Any, ...]]) -> None:
    answer = CliRunner().invoke(app, ["status"], env={"RAY_API_SERVER_ADDRESS": "http://head:8265"})
    head, row = answer.stdout.splitlines()
    assert head.split() == ["id", "status", "started", "ended", "exit", "code", "message"]
    assert row.split() == ["ray_1", "FAILED", "2030-01-02", "03:04", "3", "2", "shards", "failed"]
    assert submission_calls == [("status", "http://head:8265", None)]


def test_stop_says_where_there_was_nothing_to_stop(submission_calls: list[tuple[Any, ...]]) -> None:
    answer = CliRunner().invoke(app, ["stop", "ray_1", "--address", "http://head:8265"])
    assert answer.stdout == "ray_1 has already ended\n"
    assert submission_calls == [("stop", "http://head:8265", "ray_1")]
