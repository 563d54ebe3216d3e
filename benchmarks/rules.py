"""Rules against the usual ways of picking keywords, at the same number of rules for each label.

    python -m benchmarks.rules FOLDER_OF_PARQUET [--only NAME] [--seeds 3] [--report]

For each corpus and seed a classifier is trained and its training texts are mined. Every method chooses at most K rules
a label by what the model said of these texts; all rules are matched by the same matcher and weighed by the same
logistic regression, and answer for the test file. Results lie in bench/rules; --report prints the tables and draws the
picture of what is there.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import keywords, rule_report
from benchmarks.rule_subjects import CORPORA, FOLDER, prepare
from rules.evaluating.measures import by_text
from rules.evaluating.outcomes import Outcomes
from rules.evidence import Evidence, firing, gather
from rules.matcher import Matcher
from rules.rule_set import Rule
from rules.select import Settings, select
from rules.tuning import tuned_settings
from rules.weights import learned, probabilities

if TYPE_CHECKING:
    from benchmarks.rule_subjects import Subject

SIZES = (10, 25, 50, 100)
OURS, FREE = "camlode", "without attribution"
_THRESHOLDS = np.arange(1, 20) / 20


def compare(subject: Subject, path: Path) -> None:
    """Chooses rules by every method and of every size, and writes what they say of the test texts to `path`."""
    boundaries = subject.unit == "word"
    grams = keywords.ngrams(subject.texts, subject.unit)
    matcher = Matcher(grams, boundaries=boundaries)
    fires, asked = firing(matcher, subject.texts), firing(matcher, subject.test_texts)
    found: dict[str, Any] = {}
    for name, method in keywords.METHODS.items():
        scores = method(fires, subject.said)
        for size in SIZES:
            chosen = keywords.best(scores, size)
            _note(found, subject, name, size, fires[:, chosen], asked[:, chosen])
    free = _unattributed(subject, grams, fires)
    for size in SIZES:
        chosen = free.columns[_selected(free, size)]
        _note(found, subject, FREE, size, fires[:, chosen], asked[:, chosen])
    mined = _mined(subject, boundaries)
    asked = firing(Matcher([rule.text for rule in subject.candidates], boundaries=boundaries), subject.test_texts)
    for size in SIZES:
        rows = _selected(mined, size)
        _note(found, subject, OURS, size, mined.firing[:, mined.columns[rows]], asked[:, rows])
    model = Outcomes(subject.labels, subject.model, subject.gold)
    np.savez_compressed(path, model=by_text(model).astype(np.int32), **found)


def _selected(evidence: Evidence, size: int) -> Any:
    return select(evidence, tuned_settings(evidence, Settings(size, "best")))


def _mined(subject: Subject, boundaries: bool) -> Evidence:
    return gather(
        subject.candidates,
        subject.texts,
        subject.said,
        subject.labels,
        exclusive=subject.exclusive,
        fold=True,
        boundaries=boundaries,
    )


def _unattributed(subject: Subject, grams: list[str], fires: Any) -> Evidence:
    """All n-grams as candidates, each for the label whose texts it is in most beyond its share."""
    label = keywords.chi_square(fires, subject.said).argmax(axis=1)
    candidates = tuple(Rule(gram, subject.labels[own], gram, {}) for gram, own in zip(grams, label, strict=True))
    return Evidence(candidates, np.arange(len(grams)), label, fires, subject.said, subject.exclusive)


def _note(found: dict[str, Any], subject: Subject, name: str, size: int, fires: Any, asked: Any) -> None:
    began = time.perf_counter()
    weights = learned(fires, subject.said, exclusive=subject.exclusive)
    scores = weights.scores(asked)
    if subject.exclusive:
        answered = scores == scores.max(axis=1, keepdims=True)
    else:
        limits = _limits(probabilities(weights.scores(fires), exclusive=False), subject.said)
        answered = probabilities(scores, exclusive=False) >= limits
    for whose, expected in (("gold", subject.gold), ("model", subject.model)):
        found[f"{name}|{size}|{whose}"] = by_text(Outcomes(subject.labels, answered, expected)).astype(np.int32)
    measures = rule_report.measures(found[f"{name}|{size}|gold"])
    shown = ", ".join(f"{measure} {value:.3f}" for measure, value in measures.items())
    print(
        f"{subject.name} {name} K={size} rules={fires.shape[1]}: {shown} ({time.perf_counter() - began:.0f} s)",
        flush=True,
    )


def _limits(given: Any, said: Any) -> Any:
    """For each label the threshold of the highest F1 on the training texts."""
    limits = []
    for column, own in zip(given.T, said.T, strict=True):
        hits = column[:, None] >= _THRESHOLDS
        f1 = 2 * (hits & own[:, None]).sum(axis=0) / np.maximum(hits.sum(axis=0) + own.sum(), 1)
        limits.append(_THRESHOLDS[f1.argmax()])
    return np.array(limits)


def main() -> None:
    """Compares on every corpus and seed that was not done before, then reports."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with the Parquet files")
    parser.add_argument("--only", choices=[each.corpus.name for each in CORPORA])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="only report what is there")
    arguments = parser.parse_args()
    for seed in range(1, arguments.seeds + 1):
        for each in CORPORA:
            path = FOLDER / f"{each.corpus.name}-{seed}.npz"
            if arguments.only in (None, each.corpus.name) and not arguments.report and not path.exists():
                compare(prepare(each, arguments.data, seed), path)
    rule_report.report(FOLDER, [each.corpus.name for each in CORPORA], arguments.seeds)


if __name__ == "__main__":
    main()
