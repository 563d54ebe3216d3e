from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import CorpusFile, Counts, Shard
from camlode.pipeline.runs.progress import MineProgress
from camlode.pipeline.stages.partials import Partial
from camlode.workers import Failure, Success
from camlode.workers.actor import AttributionStats
from camlode.workers.tasks import ShardReport

MODEL_INFO = ModelInfo(("a",), ("conv_1", "conv_2"), "sigmoid", 8, None, "batches are trimmed", "logits")
SHARD = Shard("0" * 16, 0, CorpusFile("corpus[1].jsonl", 10), "bytes", 0, 10)
COUNTS = Counts(read=12, rejected=Counter(broken_json=2))
DONE = Success(SHARD, 1, ShardReport(COUNTS, Partial("0.parquet", 1), {}, AttributionStats(1.0, 1, "here:1")))


def shown(*, terminal: bool, before: int = 0) -> str:
    console: Any = Console(file=io.StringIO(), force_terminal=terminal, width=150, color_system=None)
    with MineProgress(console) as progress:
        progress.on_start(MODEL_INFO, 2 + before, before)
        progress.on_shard(DONE)
        progress.on_shard(Failure(SHARD, "CorpusError: gone"))
        progress.on_merge()
        progress.on_match()
    return str(console.file.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_layers_documents_rejects_and_failures_are_shown(terminal: bool) -> None:
    text = shown(terminal=terminal)
    assert "explaining conv_1, conv_2; the score is the input of the sigmoid; batches are trimmed" in text
    assert "shard failed: corpus[1].jsonl, bytes 0 to 10: CorpusError: gone" in text
    assert "12 documents" in text
    assert "2 rejects" in text


def test_a_log_gets_plain_lines() -> None:
    text = shown(terminal=False)
    assert "\x1b" not in text
    assert "merging: 2/2 shards, 12 documents" in text
    assert "matching: 2/2 shards, 12 documents" in text


def test_shards_of_an_earlier_process_are_shown_and_counted() -> None:
    text = shown(terminal=False, before=3)
    assert "resuming: 3 of 5 shards are done" in text
    assert "merging: 5/5 shards, 12 documents" in text


def test_a_new_run_shows_no_earlier_shards() -> None:
    assert "resuming" not in shown(terminal=False)
