"""The section of a report on its audit: how each check went, and the patterns that are listed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_value
from pipeline.views.report_parts import isolate, render_badge, render_examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.auditing.findings import AuditFinding, CheckSummary
    from pipeline.reporting.facts import RunReport


def render_audit(report: RunReport) -> str:
    """How each check went, and by label the patterns that are listed, with the reasons."""
    audit = report.audit
    checks = "".join(map(_render_check, audit.summaries))
    parts = [f'<ul class="checks">{checks}</ul>']
    if audit.against is not None:
        parts.append(f'<p class="lead">Precisions are compared with those of run {audit.against}.</p>')
    for label, found in groupby(audit.findings, key=lambda each: each.label):
        patterns = [[*group] for _, group in groupby(found, key=lambda each: each.fragment)]
        parts.append(f"<h3>{isolate(label)}</h3>")
        parts += [_render_finding(each, report) for each in patterns[: report.findings]]
        if len(patterns) > report.findings:
            parts.append(f'<p class="lead">and {len(patterns) - report.findings} more patterns</p>')
    return "\n".join(parts)


def _render_check(summary: CheckSummary) -> str:
    name = escape_html_line(summary.check.replace("_", " "))
    if summary.not_made is not None:
        return f"<li><strong>–</strong>{name}: not made, {escape_html_line(summary.not_made)}</li>"
    accepted = f", {format_value(summary.accepted)} of them accepted by a reviewer" if summary.accepted else ""
    found = ' class="found"' if summary.findings > summary.accepted else ""
    told = f"{name}, of {format_value(summary.judged)} judged{accepted}"
    return f"<li{found}><strong>{format_value(summary.findings)}</strong>{told}</li>"


def _render_finding(found: Sequence[AuditFinding], report: RunReport) -> str:
    first = found[0]
    reasons = "".join(
        f'<p class="why"><span class="check">{escape_html_line(each.check.replace("_", " "))}</span>{escape_html_line(each.why)}</p>'
        for each in found
    )
    return (
        f'<article class="finding"><h4><small>{first.rank}</small> {isolate(first.fragment)}{render_badge(first.review)}</h4>'
        f"{reasons}{render_examples(report.shown[first.label, first.fragment])}</article>"
    )
