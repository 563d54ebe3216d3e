"""Speed of a larger job compared with `model.predict` and attribution alone, with one and two workers.

    python -m benchmarks.scale [--documents 200000] [--rounds 3]

Attribution alone: the same workers process shards that are already encoded in Ray's object store. All workers have
one thread. Each round measures all rows in turn; ratios are taken within a round, and the table shows medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

import ray

from benchmarks.setting import make_setting
from benchmarks.speed import PREDICT_BATCH, documents_per_second
from camlode import mine
from camlode.pipeline.models.runtime import start_tensorflow
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.workers import Resources, WorkerPool, join_cluster
from camlode.workers.context import RunContext
from camlode.workers.tasks import prepare

if TYPE_CHECKING:
    from benchmarks.setting import Setting
    from camlode.config import Job

PREDICT = "`model.predict`, two threads"


def measure_attribution(job: Job, workers: int) -> float:
    """Documents per second of `workers` workers with one thread each, for attribution alone."""
    shards = plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)
    with join_cluster(job.run) as cluster, WorkerPool(job, Resources(workers, 0.0, 1, cluster.tasks)) as pool:
        while len(pool.actor_pool.ready) < workers:
            pool.actor_pool.finish_loading(pool.actor_pool.loading[0])
        context = ray.put(RunContext("alone", job, pool.model_info, WorkFolder("unused"), 1))
        prepared: list[Any] = [prepare.remote(context, shard)[0] for shard in shards]
        ray.wait(prepared, num_returns=len(prepared))
        began = time.perf_counter()
        works = [pool.actor_pool.attribute(number % workers, each)[1] for number, each in enumerate(prepared)]
        ray.get(works)
        seconds = time.perf_counter() - began
        documents = sum(len(each.tokens.truncated) for each in ray.get(prepared))
    return documents / seconds


def measure_job(job: Job, workers: int) -> float:
    """Documents per second of a whole job with `workers` workers of one thread, without start-up."""
    job = job.model_copy(update={"run": job.run.model_copy(update={"workers": workers})})
    report = mine(job, fresh=True)
    return report.counts.read / report.seconds


def measure(setting: Setting, rounds: int) -> list[dict[str, float]]:
    """Documents per second of each row, one dict for each round."""

    def predict() -> Any:
        return setting.model.predict(setting.ids, batch_size=PREDICT_BATCH, verbose=0)

    predict()
    return [
        {
            PREDICT: documents_per_second(len(setting.texts), predict),
            "attribution alone, one worker": measure_attribution(setting.job, 1),
            "attribution alone, two workers": measure_attribution(setting.job, 2),
            "whole job, one worker": measure_job(setting.job, 1),
            "whole job, two workers": measure_job(setting.job, 2),
        }
        for _ in range(rounds)
    ]


def print_table(measured: list[dict[str, float]]) -> None:
    """Print medians, and the ratios taken round by round."""
    relatives = ("`model.predict`", "one worker", "attribution alone")
    print("\n| | documents per second |" + "".join(f" relative to {each} |" for each in relatives))
    print("|---|---:|---:|---:|---:|")
    for name in measured[0]:
        kind, _, workers = name.partition(", ")
        rate = statistics.median(each[name] for each in measured)
        predict_ratio = _ratio(measured, name, PREDICT)
        one_worker_ratio = _ratio(measured, name, f"{kind}, one worker") if workers == "two workers" else ""
        attribution_ratio = _ratio(measured, name, f"attribution alone, {workers}") if kind == "whole job" else ""
        print(f"| {name} | {rate:,.0f} | {predict_ratio} | {one_worker_ratio} | {attribution_ratio} |")


def _ratio(measured: list[dict[str, float]], name: str, other: str) -> str:
    return f"{statistics.median(each[name] / each[other] for each in measured):.2f}"


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    start_tensorflow(threads=2, seed=1)
    setting = make_setting(32, arguments.documents)
    print(f"{len(setting.texts):,} texts of {setting.name}")
    print_table(measure(setting, arguments.rounds))


if __name__ == "__main__":
    main()
