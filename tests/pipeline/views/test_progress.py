from __future__ import annotations

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from pipeline.models.facts import ModelFacts
from pipeline.records import CorpusFile, Counts, Shard
from pipeline.stages.partials import Partial
from pipeline.views.progress import MineProgress
from workers import Failure, Outcome
from workers.attributor import Work
from workers.tasks import Finished

FACTS = ModelFacts(("a",), ("conv_1", "conv_2"), "sigmoid", 8, None, "batches are cut", "logits")
SHARD = Shard("0" * 16, 0, CorpusFile("corpus[1].jsonl", 10), "bytes", 0, 10)
COUNTS = Counts(read=12, rejected=Counter(broken_json=2))
DONE = Outcome(SHARD, 1, Finished(COUNTS, Partial("0.parquet", 1), {}, Work(1.0, 1, "here:1")))


def shown(*, terminal: bool, before: int = 0) -> str:
    console: Any = Console(file=io.StringIO(), force_terminal=terminal, width=150, color_system=None)
    with MineProgress(console) as progress:
        progress.started(FACTS, 2 + before, before)
        progress.done(DONE)
        progress.done(Failure(SHARD, "CorpusError: gone"))
        progress.merging()
        progress.matching()
    return str(console.file.getvalue())


@pytest.mark.parametrize("terminal", [True, False])
def test_layers_documents_rejects_and_failures_are_told(terminal: bool) -> None:
    text = shown(terminal=terminal)
    assert "explaining conv_1, conv_2; the score is what goes into the sigmoid; batches are cut" in text
    assert "shard failed: corpus[1].jsonl, bytes 0 to 10: CorpusError: gone" in text
    assert "12 documents" in text
    assert "2 rejects" in text


def test_a_log_gets_plain_lines() -> None:
    text = shown(terminal=False)
    assert "\x1b" not in text
    assert "merging: 2/2 shards, 12 documents" in text
    assert "matching: 2/2 shards, 12 documents" in text


def test_what_was_done_before_is_told_and_counted() -> None:
    text = shown(terminal=False, before=3)
    assert "going on: 3 of 5 shards were done before" in text
    assert "merging: 5/5 shards, 12 documents" in text


def test_a_job_that_begins_anew_says_nothing_of_what_was_before() -> None:
    assert "going on" not in shown(terminal=False)
