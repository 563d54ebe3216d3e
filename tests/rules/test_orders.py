from __future__ import annotations

from typing import Any

import pytest

from camlode.config import CamlodeError
from camlode.rules.rule_set import Rule
from camlode.rules.selection import ranking_scores


def candidates(*statistics: dict[str, Any]) -> list[Rule]:
    return [Rule(str(number), "a", f"t{number}", {}, each) for number, each in enumerate(statistics)]


MEASURED = candidates(
    {"importance": 8.0, "precision": 0.25, "log_odds_z": -1.5},
    {"importance": 4, "precision": 0.75, "log_odds_z": 2.5},
    {"importance": 0.0, "precision": 1.0, "log_odds_z": 0.0},
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("importance", [8.0, 4.0, 0.0]), ("weighted", [2.0, 3.0, 0.0]), ("log-odds", [-1.5, 2.5, 0.0])],
)
def test_each_order_has_its_measure(order: str, expected: list[float]) -> None:
    assert ranking_scores(MEASURED, order).tolist() == expected


def test_of_no_candidates() -> None:
    assert ranking_scores([], "importance").shape == (0,)


@pytest.mark.parametrize(
    ("statistics", "order", "lacking"),
    [
        ({}, "importance", "importance"),
        ({"importance": 1.0}, "weighted", "precision"),
        ({"importance": 1.0, "precision": None}, "weighted", "precision"),
        ({"importance": 1.0, "precision": 0.5}, "log-odds", "log_odds_z"),
    ],
)
def test_a_candidate_whose_measure_is_not_known_is_named(statistics: Any, order: str, lacking: str) -> None:
    with pytest.raises(CamlodeError) as refused:
        ranking_scores([*MEASURED, Rule("1/a/9", "a", "x", {}, statistics)], order)
    assert str(refused.value) == (
        f"candidate 1/a/9 has no {lacking}, by which selection={order!r} chooses: joint and coverage do without"
    )
