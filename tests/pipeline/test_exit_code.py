from __future__ import annotations

from typing import TYPE_CHECKING

from typer.testing import CliRunner

from pipeline import cli
from pipeline.mining import MineReport
from pipeline.records import CorpusFile, Counts, Shard
from workers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_a_run_with_failed_shards_ends_with_three(
    write_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    failure = Failure(Shard("0" * 16, 0, CorpusFile("gone.jsonl", 1), "bytes", 0, 1), "CorpusError: gone")
    report = MineReport(
        run=1,
        store="patterns.db",
        counts=Counts(read=2, explained=2),
        patterns=5,
        duplicate_ids=0,
        padding_share=0.0,
        residual=None,
        method="grad-cam",
        unit="logits",
        failures=(failure,),
        seconds=1.0,
        rejects_folder="rejects",
    )
    monkeypatch.setattr("pipeline.mining.mine", lambda *_, **__: report)
    done = CliRunner().invoke(cli.app, ["mine", str(write_job([{"id": "1", "text": "水果"}]))])
    assert done.exit_code == 3
    assert "shards that failed and are missing from the result: 1" in done.output
