"""What candidates are measured by where rules are chosen in an order, as `camlode query` has them."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import RulesError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.rule_set import Rule

_ORDER_FACTORS = {"importance": ("importance",), "weighted": ("importance", "precision"), "log-odds": ("log_odds_z",)}


def ranking_scores(candidates: Sequence[Rule], order: str) -> Any:
    """How high each candidate stands [candidates] in the order "importance", "weighted" or "log-odds".

    Raises:
        RulesError: of a candidate that is not known.
    """
    return np.array([_ranking_score(rule, order) for rule in candidates], dtype=np.float64)


def _ranking_score(rule: Rule, order: str) -> float:
    values = {name: rule.statistics.get(name) for name in _ORDER_FACTORS[order]}
    for name, value in values.items():
        if value is None:
            raise RulesError(
                f"candidate {rule.id} has no {name}, by which selection={order!r} chooses: joint and coverage do "
                "without"
            )
    return float(prod(value for value in values.values() if value is not None))
