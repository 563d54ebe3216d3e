"""Documents a second, side by side: scripted loops, model.predict, attribution, and the whole job.

    python -m benchmarks.speed [--documents 60000] [--rounds 5]

The loops explain one document at a time, one with its sub-model made once, one with it made for every document as most
scripts do. Each round measures all in turn, so that a machine whose speed drifts treats them alike; ratios are taken
within a round, and the table has their medians.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.loop import plain_loop
from benchmarks.setting import Setting, make_setting
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Callable

LOOP = "a script's loop, one document at a time"
PREDICT = "`model.predict`, batches of 256"
LOOP_DOCUMENTS = 40
PREDICT_BATCH = 256


def documents_per_second(count: int, work: Callable[[], object]) -> float:
    """How many of `count` documents `work` does in a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def measure(setting: Setting, rounds: int) -> list[dict[str, float]]:
    """One dict of documents a second for each round; the whole job is measured in rounds of its own model."""
    from camlode.pipeline.explainer import open_explainer

    explainer = open_explainer(setting.job, setting.model)
    tokens = explainer.tokenizer.encode(setting.texts)
    layers = list(explainer.model_info.layers)
    loops = {built: plain_loop(setting.model, layers, build_once=built) for built in (True, False)}

    def run_loop(built_once: bool) -> None:
        for ids in setting.ids[:LOOP_DOCUMENTS]:
            loops[built_once](ids)

    def run_predict() -> Any:
        return setting.model.predict(setting.ids, batch_size=PREDICT_BATCH, verbose=0)

    works = {
        LOOP: (LOOP_DOCUMENTS, lambda: run_loop(False)),
        "the same, sub-model made once": (LOOP_DOCUMENTS, lambda: run_loop(True)),
        PREDICT: (len(setting.texts), run_predict),
        "attribution": (len(setting.texts), lambda: explainer.attributor.attribute(tokens)),
    }
    for _, work in works.values():
        work()
    measured = []
    for _ in range(rounds):
        speeds = {name: documents_per_second(count, work) for name, (count, work) in works.items()}
        speeds["whole job"] = measure_job(setting)
        measured.append(speeds)
    return measured


def measure_job(setting: Setting) -> float:
    """Documents a second of a whole job, from its first shard to the published run; Ray and models start before."""
    from camlode import mine

    report = mine(setting.job)
    return report.counts.read / report.seconds


def print_table(setting: Setting, measured: list[dict[str, float]]) -> None:
    """Medians, and the ratios to `model.predict` and the loop taken round by round."""
    print(
        f"\ntexts of {setting.name}, {len(setting.texts):,} of them, mean {np.mean([*map(len, setting.texts)]):.0f}\n"
    )
    print("| | documents a second | of `model.predict` | times the loop |\n|---|---:|---:|---:|")
    for name in measured[0]:
        rate = statistics.median(each[name] for each in measured)
        predict_ratio = statistics.median(each[name] / each[PREDICT] for each in measured)
        loop_ratio = statistics.median(each[name] / each[LOOP] for each in measured)
        print(f"| {name} | {rate:,.0f} | {predict_ratio:.2f} | {loop_ratio:,.0f} |")


def main() -> None:
    """Measures at both lengths and prints a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    tensorflow = start_tensorflow(seed=1)
    print(f"{platform.machine()}, {os.cpu_count()} cores, TensorFlow {tensorflow.__version__}")
    for length, documents in ((32, arguments.documents), (128, arguments.documents // 3)):
        setting = make_setting(length, documents)
        print_table(setting, measure(setting, arguments.rounds))


if __name__ == "__main__":
    main()
