"""The report of a run as Markdown, short enough for a pull request."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from camlode.pipeline.comparison import Comparison, render_comparison_markdown
from camlode.pipeline.display.numbers import format_percent
from camlode.pipeline.display.sanitize import escape_html_line, sanitize
from camlode.pipeline.display.tables import drop_empty_columns, escape_markdown, format_markdown_table, mark_match
from camlode.pipeline.faithfulness.view import render_faithfulness_markdown
from camlode.pipeline.report.contents import compute_gold_measures
from camlode.pipeline.report.html import report_title, run_remarks, summary_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.audit.findings import AuditFinding
    from camlode.pipeline.report.contents import ReportLabel, RunReport, SharedFragments
    from camlode.sql import Row

_MAX_FIRST_PATTERNS = 5
_PATTERN_COLUMNS = ("rank", "pattern", "importance", "documents", "precision", "gold_precision", "review", "example")
_FINDING_COLUMNS = ("label", "rank", "pattern", "check", "why", "review")
_RULE_COLUMNS = ("name", "version", "rules", "corpus", "against", "accuracy", "macro_f1", "coverage", "conflicts")


def render_report_markdown(report: RunReport) -> str:
    """Render the report with the sections of the HTML page; the patterns of each label are folded.

    Texts of a corpus, a model or a person are sanitized and escaped.
    """
    parts = [
        f"# {_escape_line(report_title(report.run))}",
        *_render_summary(report),
        "## Labels",
        _render_labels_table(report),
        *_render_patterns(report),
    ]
    parts += ["## Fragments that labels share", _render_shared(report.shared)]
    parts += ["## Audit", *_render_audit(report)]
    if report.difference is not None:
        difference = report.difference
        compared = Comparison((difference.before, report.run), difference.counts, difference.changes)
        parts += [f"## Since run {difference.before['run']}", render_comparison_markdown(compared)]
    if report.faithfulness:
        parts += ["## Faithfulness", render_faithfulness_markdown(report.faithfulness)]
    if report.rule_sets:
        columns = drop_empty_columns(report.rule_sets, _RULE_COLUMNS, _RULE_COLUMNS[3:])
        parts += ["## Rule sets", format_markdown_table(report.rule_sets, columns)]
    return "\n\n".join(parts) + "\n"


def _render_summary(report: RunReport) -> Iterator[str]:
    yield ", ".join(f"{name} {_escape_line(value)}" for name, value in summary_items(report))
    yield from (f"> {_escape_line(remark)}" for remark in run_remarks(report.run))
    if report.rejects:
        yield "Rejected: " + ", ".join(f"{_escape_line(row['reason'])} {row['documents']:,}" for row in report.rejects)
    if report.stages:
        seconds = ", ".join(f"{_escape_line(name)} {value:,.1f}" for name, value in report.stages.items())
        yield f"Seconds of all processes by stage: {seconds}"


def _render_labels_table(report: RunReport) -> str:
    rows = [_label_row(report.run, each) for each in report.labels]
    return format_markdown_table(rows, [*rows[0]])


def _label_row(run: Row, label: ReportLabel) -> Row:
    row, measures = label.row, compute_gold_measures(run, label.row)
    return {
        "label": row["label"],
        "patterns": row["patterns"],
        "predicted": row["documents"],
        **{name: None if share is None else format_percent(share) for name, share in measures.items()},
        "first_patterns": ", ".join(each.row["fragment"] for each in label.patterns[:_MAX_FIRST_PATTERNS]),
    }


def _render_patterns(report: RunReport) -> Iterator[str]:
    for label in report.labels:
        if label.patterns:
            rows = [_pattern_row(each.row, each.examples) for each in label.patterns]
            # HTML's escapes, since backslashes of Markdown do not work inside HTML.
            head = f"<details><summary>{escape_html_line(label.row['label'])}</summary>"
            columns = drop_empty_columns(rows, _PATTERN_COLUMNS, _PATTERN_COLUMNS[4:])
            yield f"{head}\n\n{format_markdown_table(rows, columns)}\n\n</details>"


def _pattern_row(row: Row, examples: Sequence[Row]) -> Row:
    shares = {
        name: None if row[name] is None else format_percent(row[name]) for name in ("precision", "gold_precision")
    }
    seen = next((mark_match(each) for each in examples), None)
    return {**row, "pattern": row["fragment"], **shares, "example": seen}


def _render_shared(shared: SharedFragments) -> str:
    if not shared.fragments:
        return f"No fragment is among the first {shared.depth} patterns of two labels."
    rows = [
        {"fragment": text, "labels": ", ".join(f"{row['label']} ({row['rank']})" for row in patterns)}
        for text, patterns in shared.fragments
    ]
    return (
        f"Among the first {shared.depth} patterns of several labels, with its rank in each:\n\n"
        + format_markdown_table(rows, ("fragment", "labels"))
    )


def _render_audit(report: RunReport) -> Iterator[str]:
    yield "\n".join(f"- {_escape_line(str(summary))}" for summary in report.audit.summaries)
    rows = [
        row
        for _, label_findings in groupby(report.audit.findings, key=lambda each: each.label)
        for row in _shown_findings(label_findings, report)
    ]
    if rows:
        yield format_markdown_table(rows, drop_empty_columns(rows, _FINDING_COLUMNS, ("review",)))
    remaining = len(report.audit.findings) - len(rows)
    if remaining:
        yield f"and {remaining:,} more findings"


def _shown_findings(findings: Iterator[AuditFinding], report: RunReport) -> Iterator[Row]:
    """Yield the findings of one label that are shown."""
    for finding in findings:
        if (finding.label, finding.fragment) in report.finding_examples:
            yield {name: getattr(finding, name, None) for name in _FINDING_COLUMNS} | {"pattern": finding.fragment}


def _escape_line(text: object) -> str:
    return escape_markdown(sanitize(str(text)))
