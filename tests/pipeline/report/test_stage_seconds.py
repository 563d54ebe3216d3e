from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from camlode.pipeline.report.model import LOG_NAME, read_stage_seconds

if TYPE_CHECKING:
    from pathlib import Path


def line(shard: int, state: str = "done", **seconds: float) -> str:
    noted: dict[str, Any] = {"shard": shard, "state": state}
    return json.dumps(noted | ({"seconds": seconds} if state == "done" else {}))


def test_the_name_is_that_of_the_log() -> None:
    from camlode.pipeline.runs.log import LOG_NAME as WRITTEN_NAME

    assert LOG_NAME == WRITTEN_NAME


def test_of_every_shard_the_last_attempt_that_was_done_counts(tmp_path: Path) -> None:
    lines = [
        line(0, read=1.0, write=4.0),
        line(1, "pending"),
        line(1, read=2.0, write=8.0),
        line(0, read=16.0, write=32.0),
    ]
    (tmp_path / LOG_NAME).write_text("\n".join(lines), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) == {"read": 18.0, "write": 40.0}


def test_half_a_line_of_a_process_that_was_killed(tmp_path: Path) -> None:
    half = line(1, read=2.0)[:-4] + "文"
    (tmp_path / LOG_NAME).write_bytes(f"{line(0, read=1.0)}\n{half}".encode()[:-1])
    assert read_stage_seconds(str(tmp_path)) == {"read": 1.0}


def test_where_there_is_no_log(tmp_path: Path) -> None:
    assert read_stage_seconds(str(tmp_path)) is None
    assert read_stage_seconds("s3://bucket/work") is None
    (tmp_path / LOG_NAME).write_text(line(0, "failed"), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) is None
