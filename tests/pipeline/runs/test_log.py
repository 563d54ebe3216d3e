from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from camlode.config import WorkerError
from camlode.pipeline.runs.log import LOG_NAME, RunLog
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.workers import Failure, Update

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.pipeline.records import Shard


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> WorkFolder:
    found = WorkFolder(str(tmp_path) if request.param == "disk" else f"memory://{uuid4().hex}")
    found.create(["partials"])
    return found


def lines(folder: WorkFolder) -> list[dict[str, Any]]:
    with folder.open("", LOG_NAME) as file:
        return [json.loads(line) for line in file.read().decode().splitlines()]


def test_a_line_for_every_attempt_that_ended(folder: WorkFolder, shards: list[Shard], done: Any) -> None:
    log = RunLog(folder)
    first, second, _ = shards
    log.record(Update([Failure(first, "坏", will_retry=True)], []))
    log.record(Update([], []))
    log.record(Update([done(first, attempts=2, rejected=Counter(null_text=2)), Failure(second, "bad", attempts=3)], []))
    log.close()
    found = lines(folder)
    times = [datetime.fromisoformat(line.pop("time")) for line in found]
    assert all(timedelta(0) <= datetime.now(UTC) - time < timedelta(minutes=1) for time in times)
    place = {"shard": 0, "file": "corpus.jsonl", "bytes": [0, 30]}
    assert found == [
        {**place, "attempt": 1, "state": "pending", "error": "坏"},
        {
            **place,
            "attempt": 2,
            "state": "done",
            "documents": 7,
            "rejects": 2,
            "batches": 2,
            "worker": "here:17",
            "seconds": {"read": 0.5, "attribute": 1.25, "write": 0.25},
        },
        {"shard": 1, "file": "corpus.jsonl", "bytes": [30, 60], "attempt": 3, "state": "failed", "error": "bad"},
    ]


def test_a_resumed_run_keeps_the_earlier_lines(folder: WorkFolder, shards: list[Shard], done: Any) -> None:
    for shard in shards[:2]:
        log = RunLog(folder)
        log.record(Update([done(shard)], []))
        log.close()
    assert [line["shard"] for line in lines(folder)] == [0, 1]


def test_on_a_disk_each_line_is_written_at_once(tmp_path: Path, shards: list[Shard], done: Any) -> None:
    log = RunLog(WorkFolder(str(tmp_path)))
    log.record(Update([done(shards[0])], []))
    assert len(lines(WorkFolder(str(tmp_path)))) == 1
    log.close()


def test_a_full_disk_is_one_clear_line(tmp_path: Path, shards: list[Shard]) -> None:
    log = RunLog(WorkFolder(str(tmp_path)))
    log._file = open("/dev/full", "w", encoding="utf-8")  # noqa: SIM115, PTH123 (the log closes it)
    for write in (lambda: log.record(Update([Failure(shards[0], "bad")], [])), log.close):
        with pytest.raises(
            WorkerError, match=r"^cannot write to the work folder .*: No space left on device; free space"
        ):
            write()


def test_without_lines_no_file_is_written(tmp_path: Path) -> None:
    folder = WorkFolder(f"memory://{uuid4().hex}")
    RunLog(folder).close()
    assert folder.size("", LOG_NAME) is None
