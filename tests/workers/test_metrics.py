from __future__ import annotations

import re
import time
import urllib.request
from collections import Counter

import pytest
import ray

from pipeline.records import CorpusFile, Counts, Shard
from pipeline.stages.partials import Partial
from workers import Failure, Outcome, RunMetrics, Turn
from workers.attributor import Work
from workers.tasks import Finished

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

SHARD = Shard("0" * 16, 0, CorpusFile("corpus", 1), "rows", 0, 1)
RUN = 4711


def finished(read: int, *, rejected: int = 0, seconds: float = 1.5) -> Outcome:
    counts = Counts(read=read, rejected=Counter(null_text=rejected) if rejected else Counter())
    work = Work(seconds, 3, "here:1")
    return Outcome(SHARD, 1, Finished(counts, Partial("0", 1), {"attribute": seconds, "read": 0.0}, work))


def scraped() -> dict[tuple[str, str], float]:
    """The values of our metrics for RUN on Ray's Prometheus endpoint, by name and last label."""
    node = ray.nodes()[0]
    address = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    with urllib.request.urlopen(address, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found = (
        re.match(rf'ray_camlode_(\w+){{.*run="{RUN}"(?:,(?:stage|state)="(\w+)")?}} (\S+)', line) for line in lines
    )
    return {(each[1], each[2] or ""): float(each[3]) for each in found if each}


def test_a_run_is_seen_on_the_endpoint_of_ray() -> None:
    metrics = RunMetrics(RUN)
    failure = Failure(SHARD, "broken")
    metrics.note(Turn([finished(12, rejected=2), failure], []), {"pending": 2, "done": 1, "failed": 1})
    metrics.note(Turn([finished(30)], []), {"pending": 1, "done": 2, "failed": 1})
    expected = {
        ("documents_total", ""): 42,
        ("rejects_total", ""): 2,
        ("batches_total", ""): 6,
        ("stage_seconds_total", "attribute"): 3.0,
        ("shards", "pending"): 1,
        ("shards", "done"): 2,
        ("shards", "failed"): 1,
    }
    deadline = time.monotonic() + 30
    while scraped() != expected and time.monotonic() < deadline:
        time.sleep(0.3)
    assert scraped() == expected
