"""The section of a report on the run as a whole: its figures, what was rejected, its stages, its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_duration, format_percent, format_value, ratio
from pipeline.views.report_parts import isolate, measure, number_cell, render_bar, render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.reporting.facts import ReportLabel, RunReport
    from sql import Row

_MAX_FIRST_PATTERNS = 6


def summary(report: RunReport) -> str:
    """The run in figures; the labels; what was rejected and how long the stages took."""
    facts = "".join(
        f"<div><dt>{escape_html_line(name)}</dt><dd>{escape_html_line(value)}</dd></div>"
        for name, value in summary_items(report)
    )
    notes = "".join(f'<p class="remark">{escape_html_line(note)}</p>' for note in run_remarks(report.run))
    parts = [_render_rejects(report.rejects), _render_stages(report.stages)]
    pair = f'<div class="pair">{"".join(parts)}</div>' if any(parts) else ""
    return f'<dl class="facts">{facts}</dl>{notes}<h3>Labels</h3>{_render_overview(report)}{pair}'


def summary_items(report: RunReport) -> Iterator[tuple[str, str]]:
    """The figures that a report begins with."""
    run = report.run
    yield "documents read", format_value(run["documents_read"])
    yield "explained", format_value(run["documents_explained"])
    yield "rejected", format_value(run["documents_rejected"])
    yield "labels", format_value(len(report.labels))
    yield "patterns", format_value(sum(each.row["patterns"] for each in report.labels))
    yield "method", str(run["method"])
    if run["started"] and run["ended"]:
        yield "took", format_duration(run["ended"] - run["started"])


def run_remarks(run: Row) -> Iterator[str]:
    """What a reader must know of how the run went."""
    if run["status"] == "incomplete":
        yield f"{format_value(run['failed_shards'])} of {format_value(run['shards'])} shards failed: their documents are missing."
    if run["documents_truncated"]:
        yield f"{format_value(run['documents_truncated'])} documents were longer than the model reads, and cut."
    if run["matched_documents"] is None:
        yield "The run went without the match pass, so it is not known how precise its patterns are."


def _render_rejects(rejects: Sequence[Row]) -> str:
    if not rejects:
        return ""
    rows = [f"<tr><td>{escape_html_line(row['reason'])}</td>{number_cell(row['documents'])}</tr>" for row in rejects]
    head = [("Reason", "wide"), ("Documents", "number")]
    return f"<div><h3>Rejected</h3>{render_table(head, rows, label='Rejected documents')}</div>"


def _render_stages(stages: Mapping[str, float] | None) -> str:
    if not stages:
        return ""
    largest = max(stages.values()) or 1.0
    rows = [
        f"<tr><td>{escape_html_line(name)}</td>{measure(f'{seconds:,.1f} s', render_bar(seconds / largest, 'precision'))}</tr>"
        for name, seconds in stages.items()
    ]
    head = [("Stage", ""), ("Seconds of all processes together", "wide")]
    return f"<div><h3>Stages</h3>{render_table(head, rows, label='Seconds by stage')}</div>"


def _render_overview(report: RunReport) -> str:
    largest = max((each.row["importance"] for each in report.labels), default=0.0) or 1.0
    gold = any(each.row["gold_documents"] is not None for each in report.labels)
    head = [("Label", "wide"), ("Patterns", "number"), ("Importance", ""), ("Predicted", "number")]
    head += [("Right where predicted", ""), ("Found of gold", "")] if gold else []
    rows = [_render_overview_row(place, each, largest, gold) for place, each in enumerate(report.labels)]
    return render_table(head, rows, "cards", "Labels")


def _render_overview_row(place: int, label: ReportLabel, largest: float, gold: bool) -> str:
    row, first = label.row, " · ".join(isolate(each.row["fragment"]) for each in label.patterns[:_MAX_FIRST_PATTERNS])
    right, found = (ratio(row["agreed_documents"], row[name]) for name in ("documents", "gold_documents"))
    judged = [(right, "right"), (found, "found")] if gold else []
    cells = "".join(
        measure(format_percent(share), render_bar(share or 0.0, "precision"), name) for share, name in judged
    )
    link = f'<a href="#label-{place}">{isolate(row["label"])}</a>'
    return (
        f'<tr><th scope="row">{link}<span class="first">{first}</span></th>'
        f"{number_cell(row['patterns'], 'patterns')}"
        f"{measure(format_value(row['importance']), render_bar(row['importance'] / largest, 'importance'), 'importance')}"
        f"{number_cell(row['documents'], 'predicted')}{cells}</tr>"
    )
