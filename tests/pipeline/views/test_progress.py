from __future__ import annotations

import io
from collections import Counter
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from pipeline.models.facts import ModelFacts
from pipeline.records import CorpusFile, Counts, LabelTotals, Shard
from pipeline.views.progress import MineProgress
from workers import Failure, Outcome

FACTS = ModelFacts(("a",), ("conv_1", "conv_2"), "sigmoid", 8, None, "batches are cut", "logits")
SHARD = Shard("0" * 16, 0, CorpusFile("corpus[1].jsonl", 10), "bytes", 0, 10)
DONE = Outcome(SHARD, LabelTotals(*[np.zeros(1, np.int64)] * 4), Counts(read=12, rejected=Counter(broken_json=2)))


def shown(*, terminal: bool) -> str:
    console: Any = Console(file=io.StringIO(), force_terminal=terminal, width=150, color_system=None)
    with MineProgress(console) as progress:
        progress.started(FACTS, 2)
        progress.done(DONE)
        progress.done(Failure(SHARD, "CorpusError: gone"))
        progress.merging()
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
