"""The pattern store: how fast runs are published and questions answered, and how much room it takes.

    python -m benchmarks.store [--publish 1000000] [--patterns 10000000] [--databases SQLite PostgreSQL] [--rounds 3]

Publishing is measured beside the driver's own executemany or COPY of the same rows into the same tables, in turn.
Questions are asked of a store with 40 labels and 5 runs that hold `--patterns` patterns in all.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.raw_rows import build_tables, write_raw
from benchmarks.stores import DATABASES, store_bytes
from benchmarks.synthetic import make_fragments, make_label_names, make_run_result, make_run_start
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = 40
RUNS = 5
FOLDER = Path("bench")


def measure_publishing(database: str, patterns: int, rounds: int) -> tuple[float, float]:
    """Patterns a second, and the ratio to the driver's own speed: medians over the rounds."""
    words = make_fragments(patterns * 3 // 5, seed=1)
    result = make_run_result(LABELS, patterns // LABELS, words, seed=2)
    raw_rows = build_tables(result)
    rates, ratios = [], []
    for _ in range(rounds):
        with DATABASES[database](FOLDER) as address:
            store = PatternStore(address, create=True)
            run = store.start_run(make_run_start(LABELS))
            began = time.perf_counter()
            store.publish(run, result)
            took = time.perf_counter() - began
        with DATABASES[database](FOLDER) as address:
            PatternStore(address, create=True).start_run(make_run_start(LABELS))
            raw = write_raw(address, raw_rows)
        rates.append(patterns / took)
        ratios.append(raw / took)
    return statistics.median(rates), statistics.median(ratios)


def fill(store: PatternStore, patterns: int) -> list[str]:
    """Publishes the runs; the words that their fragments are drawn from."""
    words = make_fragments(patterns // 5, seed=3)
    for seed in range(RUNS):
        run = store.start_run(make_run_start(LABELS))
        store.publish(run, make_run_result(LABELS, patterns // LABELS // RUNS, words, seed))
    return words


def measure_queries(store: PatternStore, words: list[str]) -> dict[str, list[float]]:
    """Milliseconds of each asking of each question."""
    generator = np.random.default_rng(5)
    names = make_label_names(LABELS)

    def query_label_top() -> object:
        return store.rows("patterns", label=names[generator.integers(LABELS)], run=_random_run(generator), top=50)

    def query_contains() -> object:
        word = words[generator.integers(len(words))]
        start = generator.integers(len(word) - 1)
        return store.rows("patterns", contains=word[start : start + 2], run=_random_run(generator), top=50)

    def query_label_contains() -> object:
        word = words[generator.integers(len(words))]
        return store.rows("patterns", label=names[generator.integers(LABELS)], contains=word[:2], top=50)

    def query_comparison() -> object:
        store.rows("difference_counts", before=1, after=RUNS)
        return store.rows("difference", before=1, after=RUNS, top=20)

    return {
        "first 50 of a label": measure_milliseconds(query_label_top, 500),
        "two characters contained, all labels, first 50 of each": measure_milliseconds(query_contains, 300),
        "two characters contained, one label": measure_milliseconds(query_label_contains, 300),
        "two runs compared": measure_milliseconds(query_comparison, 3),
    }


def _random_run(generator: np.random.Generator) -> int:
    return int(generator.integers(1, RUNS + 1))


def measure_milliseconds(query: Callable[[], object], times: int) -> list[float]:
    """How long each of so many askings took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        query()
        found.append(1000 * (time.perf_counter() - began))
    return found


def main() -> None:
    """Measures and prints tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publish", type=int, default=1_000_000)
    parser.add_argument("--patterns", type=int, default=10_000_000)
    parser.add_argument("--databases", nargs="+", default=[*DATABASES], choices=[*DATABASES])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    print(f"\npublishing {arguments.publish:,} patterns\n")
    print("| database | patterns a second | of the driver's own speed |\n|---|---:|---:|")
    for database in arguments.databases if arguments.rounds else ():
        rate, ratio = measure_publishing(database, arguments.publish, arguments.rounds)
        print(f"| {database} | {rate:,.0f} | {ratio:.2f} |", flush=True)
    print(f"\nquestions to {arguments.patterns:,} patterns of {LABELS} labels and {RUNS} runs, in milliseconds\n")
    print("| database | question | median | 99 of 100 are faster than |\n|---|---|---:|---:|")
    for database in arguments.databases if arguments.patterns else ():
        with DATABASES[database](FOLDER) as address:
            store = PatternStore(address, create=True)
            words = fill(store, arguments.patterns)
            for question, times in measure_queries(store, words).items():
                high = np.percentile(times, 99)
                print(f"| {database} | {question} | {statistics.median(times):,.1f} | {high:,.1f} |", flush=True)
            size = store_bytes(address) / arguments.patterns
            print(f"| {database} | room for a million patterns | {size:,.0f} MB | |", flush=True)


if __name__ == "__main__":
    main()
