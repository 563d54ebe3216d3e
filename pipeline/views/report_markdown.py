"""The report of a run as Markdown, short enough for a pull request."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.comparison import Comparison, comparison_markdown
from pipeline.views.escaping import in_line
from pipeline.views.faithfulness import faithfulness_markdown
from pipeline.views.figures import percent, ratio
from pipeline.views.markdown import markdown_table, markdown_text
from pipeline.views.report_summary import facts_of, remarks_of
from pipeline.views.tables import filled
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.auditing.findings import Finding
    from pipeline.reporting.facts import LabelFacts, RunReport, SharedFragments
    from sql import Row

_NAMED = 5
_LABELS = ("label", "patterns", "predicted", "right", "found", "first_patterns")
_PATTERNS = ("rank", "pattern", "importance", "documents", "precision", "gold_precision", "review", "example")
_FINDINGS = ("label", "rank", "pattern", "check", "why", "review")
_RULES = ("name", "version", "rules", "corpus", "against", "accuracy", "macro_f1", "coverage", "conflicts")


def report_markdown(report: RunReport) -> str:
    """The summary, the labels, each label's first patterns (folded), what labels share, the audit, what changed since
    the run before, faithfulness, rule sets. Everything from a corpus or a model is escaped."""
    parts = [f"# {_title(report.run)}", *_summary(report), "## Labels", _labels(report), *_patterns(report)]
    parts += ["## Fragments that labels share", _shared(report.shared)]
    parts += ["## Audit", *_audit(report)]
    if report.difference is not None:
        found = report.difference
        compared = Comparison((found.before, report.run), found.counts, found.changes)
        parts += [f"## Since run {found.before['run']}", comparison_markdown(compared)]
    if report.faithfulness:
        parts += ["## Faithfulness", faithfulness_markdown(report.faithfulness)]
    if report.rule_sets:
        columns = filled(report.rule_sets, _RULES, _RULES[3:])
        parts += ["## Rule sets", markdown_table(report.rule_sets, columns)]
    return "\n\n".join(parts) + "\n"


def _title(run: Row) -> str:
    version = f" {run['model_version']}" if run["model_version"] else ""
    return _words(f"Report of run {run['run']}: {run['model']}{version} on {run['corpus']}")


def _summary(report: RunReport) -> Iterator[str]:
    yield ", ".join(f"{name} {_words(value)}" for name, value in facts_of(report))
    yield from (f"> {_words(remark)}" for remark in remarks_of(report.run))
    if report.rejects:
        yield "Rejected: " + ", ".join(f"{_words(row['reason'])} {row['documents']:,}" for row in report.rejects)
    if report.stages:
        seconds = ", ".join(f"{_words(name)} {value:,.1f}" for name, value in report.stages.items())
        yield f"Seconds of all processes by stage: {seconds}"


def _labels(report: RunReport) -> str:
    rows = [_label(each) for each in report.labels]
    return markdown_table(rows, filled(rows, _LABELS, ("right", "found")))


def _label(label: LabelFacts) -> Row:
    row = label.row
    shares = {
        name: ratio(row["agreed_documents"], row[whole])
        for name, whole in (("right", "documents"), ("found", "gold_documents"))
    }
    return {
        "label": row["label"],
        "patterns": row["patterns"],
        "predicted": row["documents"],
        **{name: None if share is None else percent(share) for name, share in shares.items()},
        "first_patterns": ", ".join(each.row["fragment"] for each in label.patterns[:_NAMED]),
    }


def _patterns(report: RunReport) -> Iterator[str]:
    for label in report.labels:
        if label.patterns:
            rows = [_pattern(each.row, each.examples) for each in label.patterns]
            # Within HTML, Markdown's backslashes would not escape.
            head = f"<details><summary>{in_line(label.row['label'])}</summary>"
            yield f"{head}\n\n{markdown_table(rows, filled(rows, _PATTERNS, _PATTERNS[4:]))}\n\n</details>"


def _pattern(row: Row, examples: Sequence[Row]) -> Row:
    shares = {name: None if row[name] is None else percent(row[name]) for name in ("precision", "gold_precision")}
    seen = next((f"{each['left']}«{each['hit']}»{each['right']}" for each in examples), None)
    return {**row, "pattern": row["fragment"], **shares, "example": seen}


def _shared(shared: SharedFragments) -> str:
    if not shared.fragments:
        return f"No fragment is among the first {shared.depth} patterns of two labels."
    rows = [
        {"fragment": text, "labels": ", ".join(f"{row['label']} ({row['rank']})" for row in places)}
        for text, places in shared.fragments
    ]
    return f"Among the first {shared.depth} patterns of several labels, with its rank in each:\n\n" + markdown_table(
        rows, ("fragment", "labels")
    )


def _audit(report: RunReport) -> Iterator[str]:
    yield "\n".join(f"- {_words(str(summary))}" for summary in report.audit.summaries)
    rows = [
        row for _, found in groupby(report.audit.findings, key=lambda each: each.label) for row in _of(found, report)
    ]
    if rows:
        yield markdown_table(rows, filled(rows, _FINDINGS, ("review",)))
    left = len(report.audit.findings) - len(rows)
    if left:
        yield f"and {left:,} more findings"


def _of(found: Iterator[Finding], report: RunReport) -> Iterator[Row]:
    """The findings of one label that are shown."""
    for each in found:
        if (each.label, each.fragment) in report.shown:
            yield {name: getattr(each, name, None) for name in _FINDINGS} | {"pattern": each.fragment}


def _words(text: object) -> str:
    return markdown_text(visible(str(text)))
