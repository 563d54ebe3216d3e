"""The report of a run as one HTML page that stands alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import in_line
from pipeline.views.figures import figure
from pipeline.views.pages import page
from pipeline.views.report_audit import audit_section
from pipeline.views.report_difference import difference_section
from pipeline.views.report_faithfulness import faithfulness_section
from pipeline.views.report_labels import label_sections
from pipeline.views.report_parts import isolated
from pipeline.views.report_rules import rules_section
from pipeline.views.report_shared import shared_section
from pipeline.views.report_summary import summary

if TYPE_CHECKING:
    from pipeline.reporting.facts import RunReport
    from sql import Row


def report_html(report: RunReport) -> str:
    """The page: summary, patterns by label, what labels share, the audit, the difference, faithfulness, rule sets.

    It holds no script and asks for nothing from elsewhere. Whatever comes from a corpus or a model is escaped.
    """
    run = report.run
    sections = _sections(report)
    links = "".join(f'<li><a href="#{name}">{in_line(title)}</a></li>' for name, title, _ in sections)
    body = (
        '<a class="skip" href="#main">Skip to the content</a>\n<div class="inside">\n'
        f'<header><p class="over">{_over(run)}</p><h1>{_named(run)}</h1>\n'
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n<main id="main">\n'
        + "\n".join(
            f'<section aria-labelledby="{name}"><h2 id="{name}">{in_line(title)}</h2>\n{content}\n</section>'
            for name, title, content in sections
        )
        + f'\n</main>\n<footer class="end">{_legend(run)}</footer>\n</div>'
    )
    return page(title_of(run), body, "report")


def title_of(run: Row) -> str:
    """What the report is of, in a line."""
    version = f" {run['model_version']}" if run["model_version"] else ""
    return f"Report of run {run['run']}: {run['model']}{version} on {run['corpus']}"


def _sections(report: RunReport) -> list[tuple[str, str, str]]:
    """Each section's name, title and content."""
    found = [
        ("summary", "Summary", summary(report)),
        ("patterns", "Patterns", label_sections(report)),
        ("shared", "Fragments that labels share", shared_section(report.shared)),
        ("audit", "Audit", audit_section(report)),
    ]
    before = report.difference.before["run"] if report.difference else None
    title = "Since the run before" if before is None else f"Since run {before}"
    found.append(("difference", title, difference_section(report.difference, report.run)))
    if report.faithfulness:
        found.append(("faithfulness", "Faithfulness", faithfulness_section(report.faithfulness)))
    if report.rule_sets:
        found.append(("rules", "Rule sets", rules_section(report.rule_sets)))
    return found


def _over(run: Row) -> str:
    parts = [f"Run {run['run']}", *(["current"] if run["current"] else []), f"mined {figure(run['ended'])} UTC"]
    return in_line(" · ".join(parts))


def _named(run: Row) -> str:
    version = f" <small>{isolated(run['model_version'])}</small>" if run["model_version"] else ""
    return f"{isolated(run['model'])}{version} on {isolated(run['corpus'])}"


def _legend(run: Row) -> str:
    matched = (
        " Precision: of the documents in which a pattern occurs, how many the model gives the label, smoothed; the "
        "full colour ends at the lower end of its 95 % interval."
        if run["matched_documents"] is not None
        else ""
    )
    return (
        f"Importance in logits by {in_line(run['method'])}, summed over the documents that were predicted the label; "
        f"documents are those in which a pattern was important. + a place where it was important, − one in a document "
        f"of another label.{matched} Made by camlode."
    )
