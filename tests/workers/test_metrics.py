from __future__ import annotations

import ast
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

# In a new process with its own Ray: the tests' shared one has no agent, which serves the endpoint.
SCRIPT = """
import re, time, urllib.request
from collections import Counter
import ray
from camlode.pipeline.records import CorpusFile, Counts, Shard
from camlode.pipeline.stages.partials import Partial
from camlode.workers import Failure, RunMetrics, Success, Update
from camlode.workers.actor import AttributionStats
from camlode.workers.tasks import ShardReport

ray.init("local", num_cpus=1, include_dashboard=False, _system_config={"metrics_report_interval_ms": 500})
shard = Shard("0" * 16, 0, CorpusFile("corpus", 1), "rows", 0, 1)

def finished(read, rejected=0):
    counts = Counts(read=read, rejected=Counter(null_text=rejected) if rejected else Counter())
    stats = AttributionStats(1.5, 3, "here:1")
    return Success(shard, 1, ShardReport(counts, Partial("0", 1), {"attribute": 1.5, "read": 0.0}, stats))

def scraped():
    node = ray.nodes()[0]
    address = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    lines = urllib.request.urlopen(address, timeout=10).read().decode().splitlines()
    shape = r'ray_camlode_(\\w+){.*run="4711"(?:,(?:stage|state)="(\\w+)")?} (\\S+)'
    return {(each[1], each[2] or ""): float(each[3]) for each in (re.match(shape, line) for line in lines) if each}

metrics = RunMetrics(4711)
metrics.record(Update([finished(12, rejected=2), Failure(shard, "broken")], []), {"pending": 2, "done": 1, "failed": 1})
metrics.record(Update([finished(30)], []), {"pending": 1, "done": 2, "failed": 1})
deadline, found = time.monotonic() + 60, {}
while (len(found) < 7 or found[("shards", "done")] < 2) and time.monotonic() < deadline:
    time.sleep(0.3)
    found = scraped()
print(found)
"""


def test_a_run_is_on_rays_metrics_endpoint() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout.splitlines()[-1]) == {
        ("documents_total", ""): 42.0,
        ("rejects_total", ""): 2.0,
        ("batches_total", ""): 6.0,
        ("stage_seconds_total", "attribute"): 3.0,
        ("shards", "pending"): 1.0,
        ("shards", "done"): 2.0,
        ("shards", "failed"): 1.0,
    }
