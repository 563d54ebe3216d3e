"""A pattern on its way out of a store or a rule file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rules.rule_set import Rule

COMMON_COLUMNS = ("id", "label", "fragment")
"""The columns that every pattern has; what else is known follows."""


@dataclass(frozen=True, slots=True)
class ExportedPattern:
    """A fragment that speaks for a label, and all that is known of the two.

    `id` says where it comes from: RUN/LABEL/RANK for a pattern of a store. `details` are by name: run, rank, the columns
    of `camlode query` and the last review of a store's pattern; the weights of a rule, in logits by label, and its
    statistics.
    """

    id: str
    label: str
    fragment: str
    details: Mapping[str, Any]

    def row(self) -> dict[str, Any]:
        """All of it by column, `COMMON_COLUMNS` first."""
        return {"id": self.id, "label": self.label, "fragment": self.fragment, **self.details}


def pattern_from_row(row: Mapping[str, Any]) -> ExportedPattern:
    """A row that a store answers the question "patterns" with."""
    label, fragment = row["label"], row["fragment"]
    details = {name: value for name, value in row.items() if name not in COMMON_COLUMNS}
    return ExportedPattern(f"{row['run']}/{label}/{row['rank']}", label, fragment, details)


def pattern_from_rule(rule: Rule, statistics: Sequence[str]) -> ExportedPattern:
    """A rule, with those `statistics`; one that it lacks is None."""
    known = {name: rule.statistics.get(name) for name in statistics}
    return ExportedPattern(rule.id, rule.label, rule.text, {"weights": dict(rule.weights), **known})
