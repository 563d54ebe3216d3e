"""The report of a run as one HTML page that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_value
from pipeline.views.pages import render_page
from pipeline.views.report_audit import render_audit
from pipeline.views.report_difference import render_difference
from pipeline.views.report_faithfulness import render_faithfulness
from pipeline.views.report_labels import render_labels
from pipeline.views.report_parts import isolate
from pipeline.views.report_rules import render_rule_sets
from pipeline.views.report_shared import render_shared
from pipeline.views.report_summary import summary

if TYPE_CHECKING:
    from pipeline.reporting.facts import RunReport
    from sql import Row


def render_report_html(report: RunReport) -> str:
    """The page: summary, patterns by label, what labels share, the audit, the difference, faithfulness, rule sets.

    It holds no script and asks for nothing from elsewhere. Whatever comes from a corpus or a model is escaped.
    """
    run = report.run
    sections = _render_sections(report)
    links = "".join(f'<li><a href="#{name}">{escape_html_line(title)}</a></li>' for name, title, _ in sections)
    body = (
        '<a class="skip" href="#main">Skip to the content</a>\n<div class="inside">\n'
        f'<header><p class="over">{_render_overline(run)}</p><h1>{_render_heading(run)}</h1>\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n<main id="main">\n'
        + "\n".join(
            f'<section aria-labelledby="{name}"><h2 id="{name}">{escape_html_line(title)}</h2>\n{content}\n</section>'
            for name, title, content in sections
        )
        + f'\n</main>\n<footer class="end">{_render_legend(run)}</footer>\n</div>'
    )
    return render_page(report_title(run), body, "report")


def report_title(run: Row) -> str:
    """What the report is of, in a line."""
    version = f" {run['model_version']}" if run["model_version"] else ""
    return f"Report of run {run['run']}: {run['model']}{version} on {run['corpus']}"


def _render_sections(report: RunReport) -> list[tuple[str, str, str]]:
    """Each section's name, title and content."""
    found = [
        ("summary", "Summary", summary(report)),
        ("patterns", "Patterns", render_labels(report)),
        ("shared", "Fragments that labels share", render_shared(report.shared)),
        ("audit", "Audit", render_audit(report)),
    ]
    before = report.difference.before["run"] if report.difference else None
    title = "Since the run before" if before is None else f"Since run {before}"
    found.append(("difference", title, render_difference(report.difference, report.run)))
    if report.faithfulness:
        found.append(("faithfulness", "Faithfulness", render_faithfulness(report.faithfulness)))
    if report.rule_sets:
        found.append(("rules", "Rule sets", render_rule_sets(report.rule_sets)))
    return found


def _render_overline(run: Row) -> str:
    parts = [f"Run {run['run']}", *(["current"] if run["current"] else []), f"mined {format_value(run['ended'])} UTC"]
    return escape_html_line(" · ".join(parts))


def _render_heading(run: Row) -> str:
    version = f" <small>{isolate(run['model_version'])}</small>" if run["model_version"] else ""
    return f"{isolate(run['model'])}{version} on {isolate(run['corpus'])}"


def _render_legend(run: Row) -> str:
    matched = (
        " Precision: of the documents in which a pattern occurs, how many the model gives the label, smoothed; the "
        "full colour ends at the lower end of its 95 % interval."
        if run["matched_documents"] is not None
        else ""
    )
    return (
        f"Importance in logits by {escape_html_line(run['method'])}, summed over the documents that were predicted the label; "
        f"documents are those in which a pattern was important. + a place where it was important, − one in a document "
        f"of another label.{matched} Made by camlode."
    )
