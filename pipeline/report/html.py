"""The report of a run as one HTML page: a summary, patterns by label, shared fragments, audit, difference, rule sets.

The template has the markup; here are the values that it cannot compute.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from camlode.pipeline.comparison import Comparison
from camlode.pipeline.display.html import render_template
from camlode.pipeline.display.numbers import format_duration, format_value
from camlode.pipeline.faithfulness.view import closing_lines, used_headers
from camlode.pipeline.report.contents import MEASURE_COLUMNS, compute_gold_measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from camlode.pipeline.audit.findings import AuditFinding
    from camlode.pipeline.bootstrap import ConfidenceInterval
    from camlode.pipeline.faithfulness.report import FaithfulnessReport, MethodResult
    from camlode.pipeline.report.contents import RunReport
    from camlode.sql import Row

TEMPLATES = Path(__file__).parent / "templates"

MAX_FIRST_PATTERNS = 6
"""Patterns of each label that the overview names."""

SMALL_CELLS_FROM = 30
"""Labels above which the cells of the map are drawn smaller."""

SHADES = 5
"""Shades of the map; the stylesheet has a class for each."""


def render_report_html(report: RunReport) -> str:
    """Render the page. It is one file: no script, no reference to another host.

    Texts of a corpus, a model or a person are sanitized and escaped by the template's environment.
    """
    run, difference = report.run, report.difference
    matched, measures = run["matched_documents"] is not None, _measure_names(report.rule_sets)
    gold_measures = {each.row["label"]: compute_gold_measures(run, each.row) for each in report.labels}
    return render_template(
        TEMPLATES,
        "report.html",
        title=report_title(run),
        report=report,
        run=run,
        sections=_section_titles(report),
        summary=[*summary_items(report)],
        remarks=[*run_remarks(run)],
        first_patterns=MAX_FIRST_PATTERNS,
        largest_label=max((each.row["importance"] for each in report.labels), default=0.0) or 1.0,
        matched=matched,
        gold_measures=gold_measures,
        gold_columns=[(name.capitalize(), "") for name in next(iter(gold_measures.values()), ())],
        gold=matched and bool(run["gold_documents"]),
        shades=SHADES,
        small_cells_from=SMALL_CELLS_FROM,
        most_shared=_count_most_shared(report.shared.counts),
        findings=_group_findings(report.audit.findings),
        comparison=difference and Comparison((difference.before, run), difference.counts, difference.changes),
        measures=measures,
        measure_columns=[(name[0].upper() + name[1:], "number") for name in measures.values()],
        **_faithfulness_values(report.faithfulness),
    )


def report_title(run: Row) -> str:
    """The run, its model and its corpus in a line."""
    version = f" {run['model_version']}" if run["model_version"] else ""
    return f"Report of run {run['run']}: {run['model']}{version} on {run['corpus']}"


def summary_items(report: RunReport) -> Iterator[tuple[str, str]]:
    """Names and values of the numbers at the top of a report."""
    run = report.run
    yield "documents read", format_value(run["documents_read"])
    yield "explained", format_value(run["documents_explained"])
    yield "rejected", format_value(run["documents_rejected"])
    yield "labels", format_value(len(report.labels))
    yield "patterns", format_value(sum(each.row["patterns"] for each in report.labels))
    yield "method", str(run["method"])
    if run["started"] and run["ended"]:
        yield "duration", format_duration((run["ended"] - run["started"]).total_seconds())


def run_remarks(run: Row) -> Iterator[str]:
    """What limits the numbers of a run: failed shards, truncated documents, no match pass."""
    if run["status"] == "incomplete":
        failed, shards = format_value(run["failed_shards"]), format_value(run["shards"])
        yield f"{failed} of {shards} shards failed: their documents are missing."
    if run["documents_truncated"]:
        yield f"{format_value(run['documents_truncated'])} documents were longer than the model reads, and truncated."
    if run["matched_documents"] is None:
        yield "The run has no match pass, so it is not known how precise its patterns are."


def _section_titles(report: RunReport) -> dict[str, str]:
    titles = {
        "summary": "Summary",
        "patterns": "Patterns",
        "shared": "Fragments that labels share",
        "audit": "Audit",
        "difference": f"Since run {report.difference.before['run']}" if report.difference else "Since the run before",
    }
    if report.faithfulness:
        titles["faithfulness"] = "Faithfulness"
    if report.rule_sets:
        titles["rules"] = "Rule sets"
    return titles


def _count_most_shared(counts: Sequence[Sequence[int]]) -> int:
    """The largest count off the diagonal, which has each label's own patterns."""
    return max((value for one, row in enumerate(counts) for other, value in enumerate(row) if one != other), default=0)


def _group_findings(findings: Sequence[AuditFinding]) -> list[tuple[str, list[list[AuditFinding]]]]:
    """By label, the findings of each of its patterns; they come in this order."""
    return [
        (label, [[*group] for _, group in groupby(label_findings, key=lambda each: each.fragment)])
        for label, label_findings in groupby(findings, key=lambda each: each.label)
    ]


def _measure_names(rule_sets: Sequence[Row]) -> dict[str, str]:
    """The measures that some rule set has, by column."""
    measured = [column for column in MEASURE_COLUMNS if any(row[column] is not None for row in rule_sets)]
    return {column: column.replace("_", " ").replace("f1", "F1") for column in measured}


def _faithfulness_values(measured: FaithfulnessReport | None) -> Mapping[str, object]:
    if measured is None:
        return {"faithfulness_lines": [], "faithfulness_columns": [], "faithfulness_cells": None}
    columns = used_headers(measured)

    def cells(result: MethodResult) -> list[tuple[str, str]]:
        return [(name, _format_mean(getattr(result, field))) for field, name in columns.items()]

    return {
        "faithfulness_lines": [*closing_lines(measured)],
        "faithfulness_columns": [(name, "number") for name in columns.values()],
        "faithfulness_cells": cells,
    }


def _format_mean(interval: ConfidenceInterval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} ±{(interval.high - interval.low) / 2:.3f}"
