"""How good rules are, as a person sees it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from pipeline.views.tables import filled, print_table

if TYPE_CHECKING:
    from rich.console import Console

    from rules.evaluation import Evaluation

OF_RULE = ("rule", "text", "polarity", "coverage", "overlaps", "conflicts", "correct", "incorrect", "precision")

_MEANINGS = {
    "documents": "texts with labels",
    "accuracy": "share of them that get exactly their labels",
    "micro_f1": "F1 of all pairs of text and label",
    "macro_f1": "mean of the labels' F1",
    "coverage": "share of all texts in which a rule fires",
    "covered_accuracy": "accuracy where a rule fires",
    "conflicts": "share of all texts in which rules of different labels fire",
}


def print_evaluation(evaluation: Evaluation, against: str, console: Console, *, per_rule: bool) -> None:
    """The measures of the set, then those of each rule where they are asked for.

    `against`: whose labels they are, "gold" or "model".
    """
    names = {"accuracy": "fidelity"} if against == "model" else {}
    rows = [
        {"measure": names.get(name, name), "value": value, "": _MEANINGS[name]}
        for name, value in evaluation.measures().items()
    ]
    print_table(rows, ("measure", "value", ""), console)
    if per_rule:
        console.print()
        each = [asdict(rule) for rule in evaluation.rules]
        print_table(each, filled(each, OF_RULE, ("precision",)), console)
