"""The section of a report on the run as a whole: its figures, what was rejected, its stages, its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import in_line
from pipeline.views.figures import figure, percent, ratio, took
from pipeline.views.report_parts import bar, isolated, measure, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.reporting.facts import LabelFacts, RunReport
    from sql import Row

_FIRST = 6


def summary(report: RunReport) -> str:
    """The run in figures; the labels; what was rejected and how long the stages took."""
    facts = "".join(f"<div><dt>{in_line(name)}</dt><dd>{in_line(value)}</dd></div>" for name, value in facts_of(report))
    notes = "".join(f'<p class="remark">{in_line(note)}</p>' for note in remarks_of(report.run))
    parts = [_rejects(report.rejects), _stages(report.stages)]
    pair = f'<div class="pair">{"".join(parts)}</div>' if any(parts) else ""
    return f'<dl class="facts">{facts}</dl>{notes}<h3>Labels</h3>{_overview(report)}{pair}'


def facts_of(report: RunReport) -> Iterator[tuple[str, str]]:
    """The figures that a report begins with."""
    run = report.run
    yield "documents read", figure(run["documents_read"])
    yield "explained", figure(run["documents_explained"])
    yield "rejected", figure(run["documents_rejected"])
    yield "labels", figure(len(report.labels))
    yield "patterns", figure(sum(each.row["patterns"] for each in report.labels))
    yield "method", str(run["method"])
    if run["started"] and run["ended"]:
        yield "took", took(run["ended"] - run["started"])


def remarks_of(run: Row) -> Iterator[str]:
    """What a reader must know of how the run went."""
    if run["status"] == "incomplete":
        yield f"{figure(run['failed_shards'])} of {figure(run['shards'])} shards failed: their documents are missing."
    if run["documents_truncated"]:
        yield f"{figure(run['documents_truncated'])} documents were longer than the model reads, and cut."
    if run["matched_documents"] is None:
        yield "The run went without the match pass, so it is not known how precise its patterns are."


def _rejects(rejects: Sequence[Row]) -> str:
    if not rejects:
        return ""
    rows = [f"<tr><td>{in_line(row['reason'])}</td>{number(row['documents'])}</tr>" for row in rejects]
    head = [("Reason", "wide"), ("Documents", "number")]
    return f"<div><h3>Rejected</h3>{table(head, rows, label='Rejected documents')}</div>"


def _stages(stages: Mapping[str, float] | None) -> str:
    if not stages:
        return ""
    most = max(stages.values()) or 1.0
    rows = [
        f"<tr><td>{in_line(name)}</td>{measure(f'{seconds:,.1f} s', bar(seconds / most, 'precision'))}</tr>"
        for name, seconds in stages.items()
    ]
    head = [("Stage", ""), ("Seconds of all processes together", "wide")]
    return f"<div><h3>Stages</h3>{table(head, rows, label='Seconds by stage')}</div>"


def _overview(report: RunReport) -> str:
    most = max((each.row["importance"] for each in report.labels), default=0.0) or 1.0
    gold = any(each.row["gold_documents"] is not None for each in report.labels)
    head = [("Label", "wide"), ("Patterns", "number"), ("Importance", ""), ("Predicted", "number")]
    head += [("Right where predicted", ""), ("Found of gold", "")] if gold else []
    rows = [_overview_row(place, each, most, gold) for place, each in enumerate(report.labels)]
    return table(head, rows, "cards", "Labels")


def _overview_row(place: int, label: LabelFacts, most: float, gold: bool) -> str:
    row, first = label.row, " · ".join(isolated(each.row["fragment"]) for each in label.patterns[:_FIRST])
    right, found = (ratio(row["agreed_documents"], row[name]) for name in ("documents", "gold_documents"))
    judged = [(right, "right"), (found, "found")] if gold else []
    cells = "".join(measure(percent(share), bar(share or 0.0, "precision"), name) for share, name in judged)
    link = f'<a href="#label-{place}">{isolated(row["label"])}</a>'
    return (
        f'<tr><th scope="row">{link}<span class="first">{first}</span></th>'
        f"{number(row['patterns'], 'patterns')}"
        f"{measure(figure(row['importance']), bar(row['importance'] / most, 'importance'), 'importance')}"
        f"{number(row['documents'], 'predicted')}{cells}</tr>"
    )
