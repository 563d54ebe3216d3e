from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from camlode.config import parse_job
from camlode.pipeline.dry_run.dry_run import DryRunReport, Estimate, Machine
from camlode.pipeline.dry_run.sample import CorpusSize, SampleResult, TokenCheck
from camlode.pipeline.dry_run.target import RunTarget
from camlode.pipeline.dry_run.view import dry_run_lines, dry_run_warnings
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import Counts

VALUES: dict[str, Any] = {
    "corpus": {"paths": "/c.jsonl"},
    "model": {"path": "/m.keras", "labels": ["a"], "task": "multiclass"},
    "tokenizer": {"vocabulary": "/v.txt"},
}
FOUND = DryRunReport(
    corpus=CorpusSize(1200, 1_234_567_890, 4321),
    records=17_000_000,
    exact=False,
    model_info=ModelInfo(("a",), ("conv", "conv_2"), "linear", 64, None, "batches are trimmed", "logits"),
    start_seconds=12.4,
    tokens=TokenCheck(10, 3, 64, None, 2, 1),
    sample=SampleResult(
        Counts(read=300, explained=290, rejected=Counter(no_tokens=6, blank_text=4)), 1500, {"read": 0.002}
    ),
    estimate=Estimate(12_000, 0.834, Machine(16, 2)),
    target=RunTarget("p.db", True, "/work", "new"),
)


def test_every_fact_has_its_line() -> None:
    job = parse_job(VALUES | {"run": {"address": "head:6379"}})
    assert [*dry_run_lines(job, FOUND)] == [
        "corpus: 1,200 files, 1.2 GB: about 17,000,000 records in 4,321 shards",
        "model: /m.keras, 1 label, multiclass; ready in 12 s",
        "explaining conv, conv_2 by grad-cam; the score is the output itself; batches are trimmed",
        "tokenizer: char; of 10 documents 3 to 64 tokens, unknown text left out, 2 truncated to 64, 1 without any",
        "sample: 300 records: 290 explained, 10 rejected, 1,500 fragments; 500 per second",
        "rejected as no_tokens: 6 of 300",
        "rejected as blank_text: 4 of 300",
        "estimate: about 3 h 20 min on 16 CPUs and 2 GPUs once it has started, 83% of it attribution; a cluster's "
        "workers share it",
        "would write: a new run in p.db, and its files in /work",
    ]


@pytest.mark.parametrize(
    ("tokens", "warned"),
    [
        (TokenCheck(10, 3, 9, 0.2, 9, 0), []),
        (TokenCheck(10, 3, 9, 0.21, 9, 0), ["21% of the tokens are unknown"]),
        (TokenCheck(10, 3, 9, None, 10, 0), ["every text is truncated to 64 tokens"]),
        (TokenCheck(0, 0, 0, 0.0, 0, 0), []),
    ],
)
def test_what_is_probably_not_meant_is_warned_of(tokens: TokenCheck, warned: list[str]) -> None:
    found = [*dry_run_warnings(parse_job(VALUES), replace(FOUND, tokens=tokens))]
    assert len(found) == len(warned)
    assert all(line.startswith(words) for line, words in zip(found, warned, strict=True))
