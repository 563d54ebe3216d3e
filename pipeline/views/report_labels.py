"""The section of a report on its labels: the first patterns of each, with bars and places where they were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.figures import figure, percent
from pipeline.views.report_parts import badge, bar, isolated, measure, number, seen, table

if TYPE_CHECKING:
    from pipeline.reporting.facts import LabelFacts, PatternFacts, RunReport
    from sql import Row


def label_sections(report: RunReport) -> str:
    """A section for each label: its first patterns with bars, and places where they were seen."""
    return "\n".join(_label(place, each, report.run) for place, each in enumerate(report.labels))


def _label(place: int, label: LabelFacts, run: Row) -> str:
    row, patterns = label.row, label.patterns
    of_all = f"the first {len(patterns)} of {figure(row['patterns'])} patterns" if patterns else "no pattern"
    opening = (
        f'<section class="label" aria-labelledby="label-{place}">'
        f'<h3 id="label-{place}">{isolated(row["label"])} <small>{of_all}</small></h3>'
    )
    if not patterns:
        return f"{opening}</section>"
    name = f"Patterns of {row['label']}"
    matched, gold = run["matched_documents"] is not None, bool(run["gold_documents"])
    head = [("", "rank"), ("Pattern", "wide"), ("Importance", ""), ("Documents", "number")]
    head += [("Precision", "")] if matched else []
    head += [("Gold precision", "")] if matched and gold else []
    most = max(each.row["importance"] for each in patterns) or 1.0
    rows = [_pattern(each, most, matched, gold) for each in patterns]
    return f"{opening}{table(head, rows, 'cards', name)}</section>"


def _pattern(facts: PatternFacts, most: float, matched: bool, gold: bool) -> str:
    row = facts.row
    kinds = ["precision"] * matched + ["gold_precision"] * (matched and gold)
    judged = "".join(
        measure(percent(row[name]), bar(row[name], "precision", row[f"{name}_lower"]), name.replace("_", " "))
        for name in kinds
    )
    return (
        f'<tr><td class="number rank">{row["rank"]}</td>'
        f'<th scope="row">{isolated(row["fragment"])}{badge(row["review"])}{seen(facts)}</th>'
        f"{measure(figure(row['importance']), bar(row['importance'] / most, 'importance'), 'importance')}"
        f"{number(row['documents'], 'documents')}{judged}</tr>"
    )
