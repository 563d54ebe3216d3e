"""The section of a report on its labels: the first patterns of each, with bars and places where they were seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.figures import format_percent, format_value
from pipeline.views.report_parts import (
    isolate,
    measure,
    number_cell,
    render_badge,
    render_bar,
    render_examples,
    render_table,
)

if TYPE_CHECKING:
    from pipeline.reporting.facts import ReportLabel, ReportPattern, RunReport
    from sql import Row


def render_labels(report: RunReport) -> str:
    """A section for each label: its first patterns with bars, and places where they were seen."""
    return "\n".join(_render_label(place, each, report.run) for place, each in enumerate(report.labels))


def _render_label(place: int, label: ReportLabel, run: Row) -> str:
    row, patterns = label.row, label.patterns
    count_text = f"the first {len(patterns)} of {format_value(row['patterns'])} patterns" if patterns else "no pattern"
    opening = (
        f'<section class="label" aria-labelledby="label-{place}">'
        f'<h3 id="label-{place}">{isolate(row["label"])} <small>{count_text}</small></h3>'
    )
    if not patterns:
        return f"{opening}</section>"
    name = f"Patterns of {row['label']}"
    matched, gold = run["matched_documents"] is not None, bool(run["gold_documents"])
    head = [("", "rank"), ("Pattern", "wide"), ("Importance", ""), ("Documents", "number")]
    head += [("Precision", "")] if matched else []
    head += [("Gold precision", "")] if matched and gold else []
    largest = max(each.row["importance"] for each in patterns) or 1.0
    rows = [_render_pattern(each, largest, matched, gold) for each in patterns]
    return f"{opening}{render_table(head, rows, 'cards', name)}</section>"


def _render_pattern(facts: ReportPattern, largest: float, matched: bool, gold: bool) -> str:
    row = facts.row
    kinds = ["precision"] * matched + ["gold_precision"] * (matched and gold)
    judged = "".join(
        measure(
            format_percent(row[name]), render_bar(row[name], "precision", row[f"{name}_lower"]), name.replace("_", " ")
        )
        for name in kinds
    )
    return (
        f'<tr><td class="number rank">{row["rank"]}</td>'
        f'<th scope="row">{isolate(row["fragment"])}{render_badge(row["review"])}{render_examples(facts)}</th>'
        f"{measure(format_value(row['importance']), render_bar(row['importance'] / largest, 'importance'), 'importance')}"
        f"{number_cell(row['documents'], 'documents')}{judged}</tr>"
    )
