"""The rule sets that were made of a run, and what was measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sql import PatternStore, Row

RULE_SET_COLUMNS = ("name", "version", "rules", "author", "created")
MEASURE_COLUMNS = ("accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")


def read_rule_sets(store: PatternStore, run: int) -> list[Row]:
    """The last version of each set that was made of the run: a row for each corpus and kind of labels that it was
    measured on, or one without measures."""
    last = {row["name"]: row for row in store.stream("rule_sets") if row["run"] == run}
    return [flat for row in last.values() for flat in _flatten_evaluations(row)]


def _flatten_evaluations(row: Row) -> list[Row]:
    alone = {name: row[name] for name in RULE_SET_COLUMNS} | dict.fromkeys(("corpus", "against", *MEASURE_COLUMNS))
    measured: dict[tuple[Any, ...], Row] = {}
    for each in row["evaluations"]:
        target = {"corpus": each["corpus"], "against": each["against"]}
        measured.setdefault(tuple(target.values()), alone | target)[each["measure"]] = each["value"]
    return [*measured.values()] or [alone]
