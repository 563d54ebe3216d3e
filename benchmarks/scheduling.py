"""Overhead of the scheduler: 1 to 16 workers that only sleep, and the driver's time per shard.

    python -m benchmarks.scheduling [--rounds 3]

Each worker takes half a second for a shard on any machine, so with a scheduler without overhead sixteen workers
would process sixteen times as many shards as one.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import ray

from benchmarks.setting import make_setting
from camlode.config import read_labels
from camlode.config.fingerprints import Digests
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import Importances
from camlode.pipeline.runs.start import package_versions, start_run
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.sql import PatternStore
from camlode.workers import Resources, WorkerPool, join_cluster
from camlode.workers.actor import AttributionStats

if TYPE_CHECKING:
    from camlode.config import Job
    from camlode.pipeline.records import EncodedShard

WORKERS = (1, 2, 4, 8, 16)
SHARDS_PER_WORKER = 30
SHARD_DOCUMENTS = 64
DIGESTS = Digests({"corpus": "scheduling"}, model="scheduling")


class SchedulingSpeed(NamedTuple):
    """Shards per second, and the driver's CPU seconds per shard."""

    rate: float
    driver: float


def measure(job: Job, workers: int) -> SchedulingSpeed:
    """Run shards through real tasks and a real ledger; the start of the workers is not counted."""
    files = find_files(job.corpus.paths)
    shards = plan_shards(files, job.corpus, SHARD_DOCUMENTS)[: workers * SHARDS_PER_WORKER]
    store = PatternStore(job.store.url, create=True)
    with (
        join_cluster(job.run) as resources,
        WorkerPool(job, Resources(workers, 0.0, 1, resources.tasks), SimulatedAttributor) as pool,
    ):
        while len(pool.actor_pool.ready) < workers:
            pool.actor_pool.finish_loading(pool.actor_pool.loading[0])
        active_run = start_run(store, job, DIGESTS, package_versions(job), files, shards, pool.model_info)
        began, cpu_began = time.perf_counter(), time.process_time()
        for update in pool.run(active_run.context, active_run.ledger.pending()):
            active_run.ledger.record(update)
        seconds, driver = time.perf_counter() - began, time.process_time() - cpu_began
    return SchedulingSpeed(len(shards) / seconds, driver / len(shards))


SHARD_SECONDS = 0.5
LENGTH = 32


class SimulatedAttributor:
    """An actor without a model: sleeps for a fixed time per shard, and assigns no importance."""

    def __init__(self, job: Job, *_: object) -> None:
        self._labels = read_labels(job.model)

    def load(self) -> ModelInfo:
        """Metadata of a model that does not exist."""
        return ModelInfo(self._labels, ("none",), "softmax", LENGTH, None, "nothing is padded", "logits")

    @ray.method(num_returns=2)
    def attribute(self, shard: EncodedShard) -> tuple[Importances, AttributionStats]:
        """Predict the first label for each document, with importance 0 for each token."""
        time.sleep(SHARD_SECONDS)
        documents, tokens = shard.documents.num_rows, len(shard.tokens.ids)
        nothing = np.zeros(documents)
        importances = Importances(
            documents=np.arange(documents, dtype=np.int32),
            labels=nothing.astype(np.int32),
            probabilities=nothing.astype(np.float32),
            values=np.zeros(tokens, np.int64),
            offsets=shard.tokens.offsets,
            padding=nothing.astype(np.int64),
            residuals=np.full(documents, np.nan, np.float32),
            invalid=np.zeros(0, np.int32),
        )
        return importances, AttributionStats(SHARD_SECONDS, 1, f"{socket.gethostname()}:{os.getpid()}")

    def process_name(self) -> str:
        """Host and process id."""
        return f"{socket.gethostname()}:{os.getpid()}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    documents = max(WORKERS) * SHARDS_PER_WORKER * SHARD_DOCUMENTS
    job = make_setting(32, documents).job
    job = job.model_copy(update={"store": job.store.model_copy(update={"url": f"{job.folder}/scheduling.db"})})
    rounds = [{workers: measure(job, workers) for workers in WORKERS} for _ in range(arguments.rounds)]
    print(f"\n{SHARD_SECONDS:g} s per shard of {SHARD_DOCUMENTS} documents\n")
    print("| workers | shards per second | relative to linear | driver's time per shard |\n|---:|---:|---:|---:|")
    for workers in WORKERS:
        rate = statistics.median(each[workers].rate for each in rounds)
        linear = statistics.median(each[workers].rate / each[1].rate / workers for each in rounds)
        driver = statistics.median(each[workers].driver for each in rounds)
        print(f"| {workers} | {rate:.2f} | {linear:.2f} | {driver * 1000:.1f} ms |")


if __name__ == "__main__":
    main()
