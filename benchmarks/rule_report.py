"""The tables and the picture of what benchmarks.rules has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.pipeline.bootstrap import Bootstrap, percentile_interval
from camlode.rules.evaluation.measures import MEASURES, unpack_sums
from camlode.rules.evaluation.plot import Curve, Panel, Point, plot_curves

if TYPE_CHECKING:
    from collections.abc import Sequence

PICTURE = Path("docs") / "rules.png"
BASELINES = ("chi-square", "logistic regression", "c-TF-IDF", "log-odds")
METHODS = ("camlode", "without attribution", *BASELINES)
SIZES = (10, 25, 50, 100)
MULTILABEL = ("goemotions",)


def measures(count_per_text: Any) -> dict[str, float]:
    """Accuracy and F1 of what `count_per_text` [texts, …] tells."""
    return {name: float(measure(unpack_sums(count_per_text.sum(axis=0)))) for name, measure in MEASURES.items()}


def report(folder: Path, names: Sequence[str], seeds: int) -> None:
    """Prints a table for each corpus of which there are results, and draws them all."""
    panels = []
    for name in names:
        files = [path for seed in range(1, seeds + 1) if (path := folder / f"{name}-{seed}.npz").exists()]
        if files:
            panels.append(_report_corpus(name, [dict(np.load(path)) for path in files]))
    if panels:
        what = "Rules for each label against what people say of the test texts"
        plot_curves(panels, PICTURE, title=what, x_label="rules a label", y_label="accuracy, or micro-F1")


def _report_corpus(name: str, results: list[dict[str, Any]]) -> Panel:
    main = "micro_f1" if name in MULTILABEL else "accuracy"
    bootstrap = Bootstrap(np.arange(len(results[0]["model"])), seed=0)

    def resample(key: str, measure: str) -> tuple[float, Any]:
        # The same texts were asked with each seed: a text is drawn with all its answers.
        total = sum(result[key] for result in results)
        measure_function = MEASURES[measure]
        return float(measure_function(unpack_sums(total.sum(axis=0)))), measure_function(
            unpack_sums(bootstrap.sums(total.astype(float)))
        )

    model = resample("model", main)[0]
    print(f"\n### {name}: {main.replace('_', '-')}, {len(results)} seeds; the model itself {model:.3f}\n")
    print("| K | " + " | ".join(METHODS) + " | ours less the best baseline | ours less without attribution |")
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
    """In points of a hundred, with the paired interval."""
    interval = percentile_interval(100 * (one[0] - other[0]), 100 * (one[1] - other[1]))
    return f"{interval.mean:+.1f} ({interval.low:+.1f} … {interval.high:+.1f})"


def _print_other_measures(results: list[dict[str, Any]]) -> None:
    """Ours by the other measures: macro-F1 against gold, and fidelity to the model."""
    print("\n| K | macro-F1 | fidelity: accuracy | micro-F1 | macro-F1 |\n|---:|---:|---:|---:|---:|")
    for size in SIZES:
        gold = measures(sum(result[f"camlode|{size}|gold"] for result in results))
        model = measures(sum(result[f"camlode|{size}|model"] for result in results))
        cells = [gold["macro_f1"], model["accuracy"], model["micro_f1"], model["macro_f1"]]
        print(f"| {size} | " + " | ".join(f"{value:.3f}" for value in cells) + " |")
