"""The section of a report on its audit: how each check went, and the patterns that are listed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.escaping import in_line
from pipeline.views.figures import figure
from pipeline.views.report_parts import badge, isolated, seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.auditing.findings import CheckSummary, Finding
    from pipeline.reporting.facts import RunReport


def audit_section(report: RunReport) -> str:
    """How each check went, and by label the patterns that are listed, with the reasons."""
    audit = report.audit
    checks = "".join(map(_check, audit.summaries))
    parts = [f'<ul class="checks">{checks}</ul>']
    if audit.against is not None:
        parts.append(f'<p class="lead">Precisions are compared with those of run {audit.against}.</p>')
    for label, found in groupby(audit.findings, key=lambda each: each.label):
        patterns = [[*group] for _, group in groupby(found, key=lambda each: each.fragment)]
        parts.append(f"<h3>{isolated(label)}</h3>")
        parts += [_finding(each, report) for each in patterns[: report.findings]]
        if len(patterns) > report.findings:
            parts.append(f'<p class="lead">and {len(patterns) - report.findings} more patterns</p>')
    return "\n".join(parts)


def _check(summary: CheckSummary) -> str:
    name = in_line(summary.check.replace("_", " "))
    if summary.not_made is not None:
        return f"<li><strong>–</strong>{name}: not made, {in_line(summary.not_made)}</li>"
    accepted = f", {figure(summary.accepted)} of them accepted by a reviewer" if summary.accepted else ""
    found = ' class="found"' if summary.findings > summary.accepted else ""
    told = f"{name}, of {figure(summary.judged)} judged{accepted}"
    return f"<li{found}><strong>{figure(summary.findings)}</strong>{told}</li>"


def _finding(found: Sequence[Finding], report: RunReport) -> str:
    first = found[0]
    reasons = "".join(
        f'<p class="why"><span class="check">{in_line(each.check.replace("_", " "))}</span>{in_line(each.why)}</p>'
        for each in found
    )
    return (
        f'<article class="finding"><h4><small>{first.rank}</small> {isolated(first.fragment)}{badge(first.review)}</h4>'
        f"{reasons}{seen(report.shown[first.label, first.fragment])}</article>"
    )
