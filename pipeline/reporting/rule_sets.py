"""The rule sets that were made of a run, and what was measured of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sql import PatternStore, Row

OF_SET = ("name", "version", "rules", "author", "created")
MEASURED = ("accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")


def rule_sets_of(store: PatternStore, run: int) -> list[Row]:
    """The last version of each set that was made of the run: a row for each corpus and kind of labels that it was
    measured on, or one without measures."""
    last = {row["name"]: row for row in store.stream("rule_sets") if row["run"] == run}
    return [flat for row in last.values() for flat in _flat(row)]


def _flat(row: Row) -> list[Row]:
    alone = {name: row[name] for name in OF_SET} | dict.fromkeys(("corpus", "against", *MEASURED))
    measured: dict[tuple[Any, ...], Row] = {}
    for each in row["evaluations"]:
        of = {"corpus": each["corpus"], "against": each["against"]}
        measured.setdefault(tuple(of.values()), alone | of)[each["measure"]] = each["value"]
    return [*measured.values()] or [alone]
