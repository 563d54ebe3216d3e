"""`model.predict`, attribution and the whole job on GPUs, and agreement with the patterns found on CPUs.

    python -m benchmarks.gpu [--backend jax] [--documents 200000] [--rounds 3]

Each round measures all rows in turn; ratios to `model.predict` with the same batch size are taken within a round,
and the tables show medians. The whole job has one worker for each GPU, or the default number of workers on CPUs.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.setting import make_setting
from benchmarks.speed import documents_per_second
from camlode import mine
from camlode.pipeline.models.runtime import list_gpus, start_backend
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from benchmarks.setting import Setting
    from camlode import MineReport
    from camlode.config import Job

BATCHES = (256, 1024, 4096)
JOB_BATCHES = (256, 4096)
KEY = ["label", "fragment"]


class GpuMeasurements(NamedTuple):
    """Documents per second by row, one dict for each round, and the reports of the whole jobs, one for each round."""

    rounds: list[dict[str, float]]
    runs: dict[str, list[MineReport]]


def with_run_settings(job: Job, **run: Any) -> Job:
    """The job with other `run` options."""
    return job.model_copy(update={"run": job.run.model_copy(update=run)})


def measure(setting: Setting, rounds: int, gpus: int) -> GpuMeasurements:
    """Measure `model.predict` and attribution in this process, and the whole job with workers."""
    from camlode.pipeline.explainer import open_explainer

    explainers = {
        size: open_explainer(with_run_settings(setting.job, batch_size=size), setting.model) for size in BATCHES
    }
    tokens = explainers[BATCHES[0]].tokenizer.encode(setting.texts)
    works: dict[str, Any] = {}
    for size, explainer in explainers.items():
        works[predict_row(size)] = lambda size=size: setting.model.predict(setting.ids, batch_size=size, verbose=0)
        works[f"attribution, batches of {size}"] = lambda explainer=explainer: explainer.attributor.attribute(tokens)
    for work in works.values():
        work()
    jobs = {"whole job on CPUs, batches of 256": with_run_settings(setting.job, gpus_per_worker=0)}
    if gpus:
        jobs |= {
            f"whole job, batches of {size}": with_run_settings(setting.job, batch_size=size) for size in JOB_BATCHES
        }
        jobs["whole job, two workers per GPU, batches of 256"] = with_run_settings(setting.job, gpus_per_worker=0.5)
    speeds: list[dict[str, float]] = []
    runs: dict[str, list[MineReport]] = {name: [] for name in jobs}
    for _ in range(rounds):
        speeds.append({name: documents_per_second(len(setting.texts), work) for name, work in works.items()})
        for name, job in jobs.items():
            report = mine(job, fresh=True)
            runs[name].append(report)
            speeds[-1][name] = report.counts.read / report.seconds
    return GpuMeasurements(speeds, runs)


def predict_row(size: int) -> str:
    """Name of the row of `model.predict`."""
    return f"`model.predict`, batches of {size}"


def print_speeds(rounds: list[dict[str, float]]) -> None:
    """Print medians, and the ratios to `model.predict` with the same batch size."""
    print("| | documents per second | relative to `model.predict` |\n|---|---:|---:|")
    for name in rounds[0]:
        other = predict_row(int(name.rpartition(" ")[2]))
        ratio = statistics.median(each[name] / each[other] for each in rounds)
        print(f"| {name} | {statistics.median(each[name] for each in rounds):,.0f} | {ratio:.2f} |")


def print_agreement(runs: dict[str, list[MineReport]]) -> None:
    """Print how the patterns of each job differ from those on CPUs, and from its own of the first round."""
    expected = patterns(next(iter(runs.values()))[-1])
    for name, reports in runs.items():
        first, found = (patterns(report) for report in (reports[0], reports[-1]))
        joined = expected.add_suffix("_cpus").join(found, how="inner")
        max_difference = ((joined["importance"] - joined["importance_cpus"]) / joined["importance_cpus"]).abs().max()
        same = (joined["documents"] == joined["documents_cpus"]).mean()
        print(
            f"{name}: {len(joined):,} of the {len(expected):,} patterns found on CPUs, {same:.2%} with the same number "
            f"of documents, importances differ by at most {max_difference:.1e}; "
            f"{'' if first.equals(found) else 'NOT '}identical in all rounds"
        )


def patterns(report: MineReport) -> Any:
    """The patterns of a run, indexed by label and fragment."""
    found = PatternStore(report.store).patterns(run=report.run)
    return found.drop(columns="run", errors="ignore").set_index(KEY)


def main() -> None:
    """Measure at both lengths, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", choices=("tensorflow", "jax"), default="tensorflow")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    started = start_backend(arguments.backend, seed=1)
    gpus = list_gpus(arguments.backend)
    print(f"{arguments.backend} {started.__version__}, GPUs: {', '.join(gpus) or 'none'}")
    for length, documents in ((32, arguments.documents), (128, arguments.documents // 3)):
        began = time.perf_counter()
        setting = make_setting(length, documents, arguments.backend)
        print(f"\n{documents:,} texts of {setting.name}, prepared in {time.perf_counter() - began:.0f} s\n")
        measured = measure(setting, arguments.rounds, len(gpus))
        print_speeds(measured.rounds)
        print()
        print_agreement(measured.runs)


if __name__ == "__main__":
    main()
