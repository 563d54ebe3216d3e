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
from camlode.rules.evaluation.measures import Outcomes, count_per_text
from camlode.rules.evidence import Evidence, collect_evidence, firing_matrix
from camlode.rules.fitting import tune_settings
from camlode.rules.matcher import Matcher
from camlode.rules.rule_set import Rule
from camlode.rules.selection import SelectionSettings, select_rules
from camlode.rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from benchmarks.rule_subjects import RuleSubject

SIZES = (10, 25, 50, 100)
OURS, FREE = "camlode", "without attribution"
_THRESHOLDS = np.arange(1, 20) / 20


def compare(subject: RuleSubject, path: Path) -> None:
    """Chooses rules by every method and of every size, and writes what they say of the test texts to `path`."""
    boundaries = subject.unit == "word"
    grams = keywords.find_ngrams(subject.texts, subject.unit)
    matcher = Matcher(grams, boundaries=boundaries)
    fires, test_fires = firing_matrix(matcher, subject.texts), firing_matrix(matcher, subject.test_texts)
    results: dict[str, Any] = {}
    for name, method in keywords.METHODS.items():
        scores = method(fires, subject.label_matrix)
        for size in SIZES:
            selected = keywords.select_best(scores, size)
            _record_scores(results, subject, name, size, fires[:, selected], test_fires[:, selected])
    free = _gather_ngrams(subject, grams, fires)
    for size in SIZES:
        selected = free.columns[_select_rules(free, size)]
        _record_scores(results, subject, FREE, size, fires[:, selected], test_fires[:, selected])
    mined = _gather_mined(subject, boundaries)
    test_fires = firing_matrix(
        Matcher([rule.text for rule in subject.candidates], boundaries=boundaries), subject.test_texts
    )
    for size in SIZES:
        rows = _select_rules(mined, size)
        _record_scores(results, subject, OURS, size, mined.firing_matrix[:, mined.columns[rows]], test_fires[:, rows])
    model = Outcomes(subject.labels, subject.model, subject.gold)
    np.savez_compressed(path, model=count_per_text(model).astype(np.int32), **results)


def _select_rules(evidence: Evidence, size: int) -> Any:
    return select_rules(evidence, tune_settings(evidence, SelectionSettings(size, "best")))


def _gather_mined(subject: RuleSubject, boundaries: bool) -> Evidence:
    return collect_evidence(
        subject.candidates,
        subject.texts,
        subject.label_matrix,
        subject.labels,
        exclusive=subject.exclusive,
        fold=True,
        boundaries=boundaries,
    )


def _gather_ngrams(subject: RuleSubject, grams: list[str], fires: Any) -> Evidence:
    """All n-grams as candidates, each for the label whose texts it is in most beyond its share."""
    label = keywords.chi_square(fires, subject.label_matrix).argmax(axis=1)
    candidates = tuple(Rule(gram, subject.labels[own], gram, {}) for gram, own in zip(grams, label, strict=True))
    return Evidence(candidates, np.arange(len(grams)), label, fires, subject.label_matrix, subject.exclusive)


def _record_scores(
    results: dict[str, Any], subject: RuleSubject, name: str, size: int, fires: Any, test_fires: Any
) -> None:
    began = time.perf_counter()
    weights = fit_weights(fires, subject.label_matrix, exclusive=subject.exclusive)
    scores = weights.scores(test_fires)
    if subject.exclusive:
        predicted = scores == scores.max(axis=1, keepdims=True)
    else:
        fitted_thresholds = _fit_thresholds(probabilities(weights.scores(fires), exclusive=False), subject.label_matrix)
        predicted = probabilities(scores, exclusive=False) >= fitted_thresholds
    for reference, expected in (("gold", subject.gold), ("model", subject.model)):
        results[f"{name}|{size}|{reference}"] = count_per_text(Outcomes(subject.labels, predicted, expected)).astype(
            np.int32
        )
    measures = rule_report.measures(results[f"{name}|{size}|gold"])
    shown = ", ".join(f"{measure} {value:.3f}" for measure, value in measures.items())
    print(
        f"{subject.name} {name} K={size} rules={fires.shape[1]}: {shown} ({time.perf_counter() - began:.0f} s)",
        flush=True,
    )


def _fit_thresholds(given: Any, label_matrix: Any) -> Any:
    """For each label the threshold of the highest F1 on the training texts."""
    fitted_thresholds = []
    for column, own in zip(given.T, label_matrix.T, strict=True):
        hits = column[:, None] >= _THRESHOLDS
        f1 = 2 * (hits & own[:, None]).sum(axis=0) / np.maximum(hits.sum(axis=0) + own.sum(), 1)
        fitted_thresholds.append(_THRESHOLDS[f1.argmax()])
    return np.array(fitted_thresholds)


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
