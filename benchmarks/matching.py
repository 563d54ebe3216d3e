"""Speed of the match pass: headlines per second on one core against the fragments of a run.

    python -m benchmarks.matching [--documents 200000] [--patterns 10000] [--rounds 5]

Synthetic headlines of 19 characters on average are matched against fragments drawn from the same words: the search
alone, and the search with counts per pattern and counter-examples. Reading the corpus is not included.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from benchmarks.synthetic import make_fragments, make_label_names
from camlode.config import Patterns
from camlode.pipeline.records import DOCUMENTS_SCHEMA, PREDICTIONS_SCHEMA
from camlode.pipeline.stages.match import MinedShard, compile_patterns, match_all

if TYPE_CHECKING:
    from collections.abc import Callable

LABELS = 10
SHARD_DOCUMENTS = 5000


def make_headlines(count: int, words: list[str], seed: int) -> list[str]:
    """Make texts of three to six words."""
    generator = np.random.default_rng(seed)
    return ["".join(words[number] for number in numbers) for numbers in _draw_words(generator, count, len(words))]


def _draw_words(generator: np.random.Generator, count: int, words: int) -> list[list[int]]:
    lengths = generator.integers(3, 7, count)
    # The most frequent words are those that became fragments.
    drawn = np.minimum(generator.zipf(1.3, lengths.sum()), words) - 1
    return [part.tolist() for part in np.split(drawn, np.cumsum(lengths)[:-1])]


def make_shards(texts: list[str]) -> list[MinedShard]:
    """The texts as shards with predicted labels."""
    return [
        MinedShard(number, *_make_tables(texts[start : start + SHARD_DOCUMENTS], start))
        for number, start in enumerate(range(0, len(texts), SHARD_DOCUMENTS))
    ]


def _make_tables(texts: list[str], first: int) -> tuple[pa.Table, pa.Table]:
    ids = [str(first + row) for row in range(len(texts))]
    predicted = [[row % LABELS] for row in range(len(texts))]
    gold = [[make_label_names(LABELS)[row % LABELS]] for row in range(len(texts))]
    documents = pa.table({"id": ids, "text": texts, "labels": gold, "place": ids}, schema=DOCUMENTS_SCHEMA)
    return documents, pa.table(
        {"id": ids, "place": ids, "predicted": predicted, "labels": gold}, schema=PREDICTIONS_SCHEMA
    )


def measure_seconds(work: Callable[[], object]) -> float:
    """Duration of `work`."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--patterns", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    words = make_fragments(3 * arguments.patterns, seed=1)
    texts = make_headlines(arguments.documents, words, seed=2)
    shards = make_shards(texts)
    labels = np.arange(arguments.patterns) % LABELS
    published = compile_patterns(words[: arguments.patterns], labels, make_label_names(LABELS), boundaries=True)
    works = {
        "the search alone": lambda: published.matcher.find_occurrences(texts),
        "with counts and counter-examples": lambda: match_all(shards, published, Patterns()),
    }
    found = len(published.matcher.find_occurrences(texts).texts)
    mean = sum(map(len, texts)) / len(texts)
    print(
        f"\n{arguments.documents:,} headlines of {mean:.0f} characters, {arguments.patterns:,} fragments, "
        f"{found:,} occurrences, one core\n\n| | headlines per second |\n|---|---:|"
    )
    rounds = [{name: measure_seconds(work) for name, work in works.items()} for _ in range(arguments.rounds)]
    for name in works:
        print(f"| {name} | {arguments.documents / statistics.median(each[name] for each in rounds):,.0f} |")


if __name__ == "__main__":
    main()
