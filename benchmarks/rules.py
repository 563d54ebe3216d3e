"""Accuracy of mined rules and of common keyword selection methods, at equal numbers of rules per label.

    python -m benchmarks.rules FOLDER_OF_PARQUET [--only NAME] [--seeds 3] [--report]

For each corpus and seed a classifier is trained and its training texts are mined. Every method chooses at most K
rules per label from the model's predictions for these texts. All rules use the same matcher and the same logistic
regression for weights, and are evaluated on the test file. Results are in bench/rules; --report only prints the
tables and draws the picture of existing results.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks import keywords
from benchmarks.corpora import BenchmarkCorpus, best_threshold, predict, read_split, split_rows, train, write_job
from camlode.config import load_job, read_labels
from camlode.pipeline.bootstrap import Bootstrap, percentile_interval
from camlode.pipeline.models.runtime import start_tensorflow
from camlode.rules.candidates import read_candidates
from camlode.rules.evaluation.curves import Curve, Point
from camlode.rules.evaluation.measures import MEASURES, Outcomes, count_per_text, unpack_sums
from camlode.rules.evaluation.plot import Panel, plot_curves
from camlode.rules.evidence import Evidence, collect_evidence, firing_matrix
from camlode.rules.fitting import tune_settings
from camlode.rules.matcher import Matcher
from camlode.rules.rule_set import Rule
from camlode.rules.selection import SelectionSettings, select_rules
from camlode.rules.weights import fit_weights, probabilities
from camlode.sql import PatternStore

if TYPE_CHECKING:
    import numpy.typing as npt

    LabelMatrix = npt.NDArray[np.bool_]
    from collections.abc import Sequence

OURS, FREE = "camlode", "without attribution"
_THRESHOLDS = np.arange(1, 20) / 20


def compare(subject: RuleSubject, path: Path) -> None:
    """Choose rules by every method and in every size, and write the counts of their predictions to `path`."""
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
    """All n-grams as candidates, each for the label with the highest χ²."""
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
    measures = compute_measures(results[f"{name}|{size}|gold"])
    shown = ", ".join(f"{measure} {value:.3f}" for measure, value in measures.items())
    print(
        f"{subject.name} {name} K={size} rules={fires.shape[1]}: {shown} ({time.perf_counter() - began:.0f} s)",
        flush=True,
    )


def _fit_thresholds(given: Any, label_matrix: Any) -> Any:
    """For each label the threshold with the highest F1 on the training texts."""
    fitted_thresholds = []
    for column, own in zip(given.T, label_matrix.T, strict=True):
        hits = column[:, None] >= _THRESHOLDS
        f1 = 2 * (hits & own[:, None]).sum(axis=0) / np.maximum(hits.sum(axis=0) + own.sum(), 1)
        fitted_thresholds.append(_THRESHOLDS[f1.argmax()])
    return np.array(fitted_thresholds)


FOLDER = Path("bench") / "rules"


class RuleCorpus(NamedTuple):
    """A corpus and its mining options: the unit of fragments, and the minimum share of importance."""

    corpus: BenchmarkCorpus
    unit: str
    share: float


CORPORA = (
    RuleCorpus(BenchmarkCorpus("thucnews10", length=32, epochs=4, tokenizer="char"), "char", 0.1),
    RuleCorpus(BenchmarkCorpus("goemotions", length=40, epochs=5, separator="|"), "word", 0.05),
    RuleCorpus(BenchmarkCorpus("banking77", length=40, epochs=20), "word", 0.05),
    RuleCorpus(BenchmarkCorpus("imdb_cad", length=320, epochs=8), "word", 0.01),
)


@dataclass(frozen=True)
class RuleSubject:
    """Training texts with predictions, test texts with gold labels and predictions, and the mined candidates.

    Boolean [texts, labels]: `label_matrix` has the predictions for the training texts, `gold` and `model` have the
    gold labels of the test texts and the predictions for them.
    """

    name: str
    unit: str
    labels: tuple[str, ...]
    exclusive: bool
    texts: list[str]
    label_matrix: LabelMatrix
    test_texts: list[str]
    gold: LabelMatrix
    model: LabelMatrix
    candidates: tuple[Rule, ...]


def prepare(each: RuleCorpus, data: Path, seed: int) -> RuleSubject:
    """Train a model with this seed and mine its training texts, unless done before."""
    from camlode import mine

    corpus = each.corpus
    folder = FOLDER / f"{corpus.name}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    parts = read_split(corpus, data, folder)
    training_rows, tuning = split_rows(parts.training, 10) if corpus.separator else (parts.training, parts.training[:0])
    start_tensorflow(seed=seed)
    if not (folder / "model.keras").exists():
        train(corpus, training_rows, data, folder, seed)
    training_file = data.absolute() / f"{corpus.name}-train.parquet"
    threshold = None
    if corpus.separator:
        threshold = best_threshold(*predict(write_job(corpus, training_file, folder, 0.5), tuning))
    write_job(corpus, training_file, folder, threshold)
    fragment_options = {"fragments.unit": each.unit, "fragments.max_units": 4, "fragments.share": each.share}
    pattern_options = {"patterns.top": 10000, "patterns.min_documents": 3, "patterns.examples": 0}
    job = load_job(
        folder / "job.yaml", [f"{key}={value}" for key, value in (fragment_options | pattern_options).items()]
    )
    mine(job)
    labels = read_labels(job.model)
    limit = threshold or 0.0

    def label_matrix(probabilities: npt.NDArray[np.float32]) -> LabelMatrix:
        most_probable = probabilities == probabilities.max(axis=1, keepdims=True)
        return probabilities >= limit if corpus.separator else most_probable

    test = predict(job, parts.test)
    stored = read_candidates(PatternStore(job.store.url), per_label=10000)
    return RuleSubject(
        corpus.name,
        each.unit,
        tuple(labels),
        corpus.separator is None,
        parts.training["text"].tolist(),
        label_matrix(predict(job, parts.training).probabilities),
        parts.test["text"].tolist(),
        test.expected,
        label_matrix(test.probabilities),
        stored.rules,
    )


PICTURE = Path("docs") / "pictures" / "rules.png"
BASELINES = ("chi-square", "logistic regression", "c-TF-IDF", "log-odds")
METHODS = ("camlode", "without attribution", *BASELINES)
SIZES = (10, 25, 50, 100)
MULTILABEL = ("goemotions",)


def compute_measures(count_per_text: Any) -> dict[str, float]:
    """Accuracy and F1 from `count_per_text` [texts, …]."""
    return {name: float(measure(unpack_sums(count_per_text.sum(axis=0)))) for name, measure in MEASURES.items()}


def print_report(folder: Path, names: Sequence[str], seeds: int) -> None:
    """Print a table for each corpus with results, and draw the curves of all."""
    panels = []
    for name in names:
        files = [path for seed in range(1, seeds + 1) if (path := folder / f"{name}-{seed}.npz").exists()]
        if files:
            panels.append(_report_corpus(name, [dict(np.load(path)) for path in files]))
    if panels:
        title = "Rules evaluated on the gold labels of the test texts"
        plot_curves(panels, PICTURE, title=title, x_label="rules per label", y_label="accuracy, or micro-F1")


def _report_corpus(name: str, results: list[dict[str, Any]]) -> Panel:
    main = "micro_f1" if name in MULTILABEL else "accuracy"
    bootstrap = Bootstrap(np.arange(len(results[0]["model"])), seed=0)

    def resample(key: str, measure: str) -> tuple[float, Any]:
        # The texts are the same for each seed, so a text is resampled with its predictions of all seeds.
        total = sum(result[key] for result in results)
        measure_function = MEASURES[measure]
        return float(measure_function(unpack_sums(total.sum(axis=0)))), measure_function(
            unpack_sums(bootstrap.sums(total.astype(float)))
        )

    model = resample("model", main)[0]
    print(f"\n### {name}: {main.replace('_', '-')}, {len(results)} seeds; the model itself {model:.3f}\n")
    print("| K | " + " | ".join(METHODS) + " | camlode − best baseline | camlode − without attribution |")
    print("|---:" * (len(METHODS) + 3) + "|")
    curves: dict[str, list[Point]] = {method: [] for method in METHODS}
    for size in SIZES:
        values = {method: resample(f"{method}|{size}|gold", main) for method in METHODS}
        best_baseline = max(BASELINES, key=lambda method: values[method][0])
        cells = [f"{values[method][0]:.3f}" for method in METHODS]
        cells += [
            _format_difference(values["camlode"], values[other]) for other in (best_baseline, "without attribution")
        ]
        print(f"| {size} | " + " | ".join(cells) + " |")
        for method in METHODS:
            interval = percentile_interval(*values[method])
            curves[method].append(Point(size, interval.mean, interval.low, interval.high))
    _print_other_measures(results)
    return Panel(f"{name} ({main.replace('_', '-')})", [Curve(method, points) for method, points in curves.items()])


def _format_difference(one: tuple[float, Any], other: tuple[float, Any]) -> str:
    """Format a difference in percentage points with its paired interval."""
    interval = percentile_interval(100 * (one[0] - other[0]), 100 * (one[1] - other[1]))
    return f"{interval.mean:+.1f} ({interval.low:+.1f} … {interval.high:+.1f})"


def _print_other_measures(results: list[dict[str, Any]]) -> None:
    """Print camlode's other measures: macro-F1 against gold labels, and fidelity to the model."""
    print("\n| K | macro-F1 | fidelity: accuracy | micro-F1 | macro-F1 |\n|---:|---:|---:|---:|---:|")
    for size in SIZES:
        gold = compute_measures(sum(result[f"camlode|{size}|gold"] for result in results))
        model = compute_measures(sum(result[f"camlode|{size}|model"] for result in results))
        cells = [gold["macro_f1"], model["accuracy"], model["micro_f1"], model["macro_f1"]]
        print(f"| {size} | " + " | ".join(f"{value:.3f}" for value in cells) + " |")


def main() -> None:
    """Compare on every corpus and seed without results, then report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with the Parquet files")
    parser.add_argument("--only", choices=[each.corpus.name for each in CORPORA])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="only report existing results")
    arguments = parser.parse_args()
    for seed in range(1, arguments.seeds + 1):
        for each in CORPORA:
            path = FOLDER / f"{each.corpus.name}-{seed}.npz"
            if arguments.only in (None, each.corpus.name) and not arguments.report and not path.exists():
                compare(prepare(each, arguments.data, seed), path)
    print_report(FOLDER, [each.corpus.name for each in CORPORA], arguments.seeds)


if __name__ == "__main__":
    main()
