"""What the scheduler costs: workers that only wait, 1 to 16 of them, and the driver's time for each shard.

    python -m benchmarks.scheduling [--rounds 3]

Each worker takes half a second for a shard whatever the machine, so with a scheduler that cost nothing sixteen would
do sixteen times as much as one.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.setting import make_setting
from benchmarks.simulated import SHARD_SECONDS, SimulatedAttributor
from camlode.config.fingerprints import Digests
from camlode.pipeline.runs.start import package_versions, start_run
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.sql import PatternStore
from camlode.workers import Resources, WorkerPool, join_cluster

if TYPE_CHECKING:
    from camlode.config import Job

WORKERS = (1, 2, 4, 8, 16)
SHARDS_PER_WORKER = 30
SHARD_DOCUMENTS = 64
DIGESTS = Digests({"corpus": "scheduling"}, model="scheduling")


class SchedulingSpeed(NamedTuple):
    """Shards a second, and the driver's seconds on its processor for each shard."""

    rate: float
    driver: float


def measure(job: Job, workers: int) -> SchedulingSpeed:
    """Takes shards through real tasks and a real ledger; the workers' start is not counted."""
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


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    documents = max(WORKERS) * SHARDS_PER_WORKER * SHARD_DOCUMENTS
    job = make_setting(32, documents).job
    job = job.model_copy(update={"store": job.store.model_copy(update={"url": f"{job.folder}/scheduling.db"})})
    rounds = [{workers: measure(job, workers) for workers in WORKERS} for _ in range(arguments.rounds)]
    print(f"\n{SHARD_SECONDS:g} s a shard of {SHARD_DOCUMENTS} documents\n")
    print("| workers | shards a second | of linear | driver's time a shard |\n|---:|---:|---:|---:|")
    for workers in WORKERS:
        rate = statistics.median(each[workers].rate for each in rounds)
        linear = statistics.median(each[workers].rate / each[1].rate / workers for each in rounds)
        driver = statistics.median(each[workers].driver for each in rounds)
        print(f"| {workers} | {rate:.2f} | {linear:.2f} | {driver * 1000:.1f} ms |")


if __name__ == "__main__":
    main()
