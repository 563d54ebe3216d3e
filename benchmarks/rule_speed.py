"""Speed of rules: prediction compared with a model, building, and import.

    python -m benchmarks.rule_speed [--documents 100000] [--patterns 1000000] [--rounds 5]

1,000 rules on one core and an untrained TextCNN (100 filters of each of three sizes) on all cores predict the
labels of synthetic headlines of 19 characters on average, in turn; the model's tokens are encoded beforehand. Then
a rule set of 10 labels is built from a store of a million patterns and half of the headlines. The import of the
classifier is measured in separate processes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.matching import LABELS, make_headlines, measure_seconds
from benchmarks.store import sqlite_address
from benchmarks.synthetic import make_fragments, make_label_names, make_run_result, make_run_start
from camlode.rules.classifier import RuleClassifier
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = 1000
LENGTH = 32
IMPORT = "import time; began = time.perf_counter(); import camlode.rules.classifier; print(time.perf_counter() - began)"


def make_classifier(words: list[str]) -> RuleClassifier:
    """A classifier of 1,000 rules with weights for two labels each."""
    names = make_label_names(LABELS)
    rules = tuple(
        Rule(
            str(number), names[number % LABELS], word, {names[number % LABELS]: 1.5, names[(number + 1) % LABELS]: -0.5}
        )
        for number, word in enumerate(words[:RULES])
    )
    return RuleClassifier.from_rule_set(
        RuleSet("multiclass", names, rules, dict.fromkeys(names, 0.0), boundaries=False)
    )


def make_predict(documents: int) -> Callable[[], object]:
    """`model.predict` on `documents` headlines of random characters."""
    from benchmarks.corpora import build_text_cnn

    ids = np.random.default_rng(3).integers(0, 3000, (documents, LENGTH), dtype=np.int32)
    model = build_text_cnn(3000, LABELS, LENGTH, "softmax")
    model.predict(ids[:1000], batch_size=256, verbose=0)
    return lambda: model.predict(ids, batch_size=256, verbose=0)


def measure_predictions(texts: list[str], words: list[str], rounds: int) -> None:
    """Print the headlines per second of rules and model."""
    classifier, predict = make_classifier(words), make_predict(len(texts))
    classifier.predict(texts[:1000])
    pairs = [(measure_seconds(lambda: classifier.predict(texts)), measure_seconds(predict)) for _ in range(rounds)]
    rule_rate, model_rate = (len(texts) / statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(model / own for own, model in pairs)
    print("\n| | headlines per second | relative to `model.predict` |\n|---|---:|---:|")
    print(f"| {RULES:,} rules, one core | {rule_rate:,.0f} | {ratio:.1f} |")
    print(f"| `model.predict`, all cores | {model_rate:,.0f} | 1 |")


def measure_building(texts: list[str], words: list[str], patterns: int) -> None:
    """Print the time to build a rule set of 50 rules per label from `patterns` patterns."""
    from camlode.sql import PatternStore

    labels = [make_label_names(LABELS)[row % LABELS] for row in range(len(texts))]
    with tempfile.TemporaryDirectory() as folder, sqlite_address(Path(folder)) as address:
        store = PatternStore(address, create=True)
        store.publish(
            store.start_run(make_run_start(LABELS)), make_run_result(LABELS, patterns // LABELS, words, seed=4)
        )

        def build() -> None:
            RuleClassifier.from_store(address, rules_per_label=50).fit(texts, labels)

        print(f"\nbuilt from {patterns:,} patterns and {len(texts):,} headlines in {measure_seconds(build):.0f} s")


def measure_importing(rounds: int) -> None:
    """Print the import time in a separate process."""
    durations = [
        float(subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds)
    ]
    print(f"\nimported in {statistics.median(durations):.2f} s")


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--patterns", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    words = make_fragments(max(arguments.patterns // 4, RULES), seed=1)
    texts = make_headlines(arguments.documents, words[:30_000], seed=2)
    measure_importing(arguments.rounds)
    measure_building(texts[: len(texts) // 2], words, arguments.patterns)
    measure_predictions(texts, words, arguments.rounds)


if __name__ == "__main__":
    main()
