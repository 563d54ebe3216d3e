"""An evaluation as tables on a terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from camlode.pipeline.display.tables import drop_empty_columns, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from camlode.pipeline.bootstrap import ConfidenceInterval
    from camlode.rules.evaluation.evaluate import Evaluation
    from camlode.rules.evaluation.intervals import MeasureIntervals

RULE_COLUMNS = ("rule", "text", "polarity", "coverage", "overlaps", "conflicts", "correct", "incorrect", "precision")

_INTERVAL_COLUMNS = ("95 % interval", "above the baseline")

_MEANINGS = {
    "documents": "texts with labels",
    "accuracy": "share of them that get exactly their labels",
    "micro_f1": "F1 of all pairs of text and label",
    "macro_f1": "mean of the labels' F1",
    "coverage": "share of all texts in which a rule fires",
    "covered_accuracy": "accuracy where a rule fires",
    "conflicts": "share of all texts in which rules of different labels fire",
}


def print_evaluation(
    evaluation: Evaluation,
    confidence: Mapping[str, MeasureIntervals],
    against: str,
    console: Console,
    *,
    per_rule: bool,
) -> None:
    """Print the measures of the set, and with `per_rule` those of each rule.

    confidence: by measure, its interval and its difference to a baseline's.
    against: whose labels the rules are compared with, "gold" or "model".
    """
    names = {"accuracy": "fidelity"} if against == "model" else {}
    rows = [
        {"measure": names.get(name, name), "value": value, **_interval_cells(confidence.get(name)), "": _MEANINGS[name]}
        for name, value in evaluation.measures().items()
    ]
    print_table(
        rows, drop_empty_columns(rows, ("measure", "value", *_INTERVAL_COLUMNS, ""), _INTERVAL_COLUMNS), console
    )
    if per_rule:
        console.print()
        rule_rows = [asdict(rule) for rule in evaluation.rules]
        print_table(rule_rows, drop_empty_columns(rule_rows, RULE_COLUMNS, ("precision",)), console)


def _interval_cells(confidence: MeasureIntervals | None) -> dict[str, str | None]:
    intervals = (confidence.measure, confidence.difference) if confidence else (None, None)
    return {
        name: None if each is None else _format_interval(each, name)
        for name, each in zip(_INTERVAL_COLUMNS, intervals, strict=True)
    }


def _format_interval(interval: ConfidenceInterval, name: str) -> str:
    if name == _INTERVAL_COLUMNS[0]:
        return f"{interval.low:.4f} to {interval.high:.4f}"
    return f"{interval.mean:+.4f} ({interval.low:+.4f} to {interval.high:+.4f})"
