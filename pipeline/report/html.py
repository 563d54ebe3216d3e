"""The report of a run as one HTML page that stands alone."""
# MERGED: What the sections of a report are made of: bars, examples, texts on one line.
# MERGED: The section of a report on the run as a whole: its figures, what was rejected, its stages, its labels.
# MERGED: The section of a report on its labels: the first patterns of each, with bars and places where they were seen.
# MERGED: The section of a report on the rule sets that were made of its run.
# MERGED: The section of a report on what labels share: their map, and the fragments that most of them lean on.
# MERGED: The section of a report on its audit: how each check went, and the patterns that are listed.
# MERGED: The section of a report on what changed since another run.
# MERGED: The section of a report on how faithful each method is to the model.

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from camlode.pipeline.comparison import Comparison
from camlode.pipeline.display.html import render_page
from camlode.pipeline.display.numbers import (
    format_duration,
    format_percent,
    format_percentage_points,
    format_value,
    ratio,
)
from camlode.pipeline.display.sanitize import escape_html_line
from camlode.pipeline.faithfulness.view import closing_lines, used_headers
from camlode.pipeline.report.model import MEASURE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from camlode.pipeline.audit.findings import AuditFinding, CheckSummary
    from camlode.pipeline.bootstrap import ConfidenceInterval
    from camlode.pipeline.faithfulness.report import FaithfulnessReport, MethodResult
    from camlode.pipeline.report.model import ReportLabel, ReportPattern, RunDifference, RunReport, SharedFragments
    from camlode.sql import Row

_REVIEW_SIGNS = {"accepted": "✓", "rejected": "✕", "spurious": "!"}


def isolate(text: object) -> str:
    """A text on one line, of whatever direction, that doesn't disturb what stands around it."""
    return f"<bdi>{escape_html_line(text)}</bdi>"


def render_bar(share: float | None, kind: str, lower: float | None = None) -> str:
    """A bar of a share (0 to 1); `lower`, the lower end of its interval, in full colour and the rest pale."""
    parts = [(share, "pale" if lower is not None else kind), (lower, kind)]
    return _wrap_bar("".join(_render_fill(name, 0.0, 100 * value) for value, name in parts if value is not None))


def render_change_bar(change: float, largest: float) -> str:
    """A bar from the middle: to the right for more, to the left for less."""
    size = 50 * min(abs(change) / (largest or 1.0), 1.0)
    fill = _render_fill("importance", 50.0, size) if change > 0 else _render_fill("less", 50.0 - size, size)
    return _wrap_bar(f'{fill}<i class="middle"></i>')


def render_badge(review: str | None) -> str:
    """What the last review said, if there is one."""
    return f' <span class="badge {review}">{_REVIEW_SIGNS[review]} {review}</span>' if review in _REVIEW_SIGNS else ""


def render_examples(facts: ReportPattern) -> str:
    """Places where a pattern was important (+), and where it occurs in documents of other labels (−)."""
    return _render_hits(facts.examples, "seen") + _render_hits(facts.counter_examples, "seen counter")


def render_table(head: Iterable[tuple[str, str]], rows: Sequence[str], classes: str = "", label: str = "") -> str:
    """A table that scrolls where it is too wide; `head` are its columns' names and classes."""
    columns = "".join(f'<th scope="col"{_class_attribute(kind)}>{escape_html_line(name)}</th>' for name, kind in head)
    return (
        f'<div class="scroll" role="region" aria-label="{escape_html_line(label)}" tabindex="0"><table{_class_attribute(classes)}>'
        f"<thead><tr>{columns}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def number_cell(value: object, name: str = "") -> str:
    """A cell with a number; `name` is told where the table is narrow."""
    return f'<td class="number"{_name_attribute(name)}>{escape_html_line(format_value(value))}</td>'


def measure(shown: str, drawn: str, name: str = "") -> str:
    """A cell with a number and its bar."""
    return f'<td class="measure"{_name_attribute(name)}>{escape_html_line(shown)}{drawn}</td>'


def _render_hits(examples: Sequence[Row], name: str) -> str:
    return "".join(
        f'<p class="{name}" dir="auto">{escape_html_line(each["left"])}<mark>{escape_html_line(each["hit"])}</mark>'
        f"{escape_html_line(each['right'])}</p>"
        for each in examples
    )


def _wrap_bar(fills: str) -> str:
    return f'<span class="bar">{fills}</span>'


def _render_fill(name: str, left: float, width: float) -> str:
    start = f"left:{left:.3g}%;" if left else ""
    return f'<i class="{name}" style="{start}width:{min(max(width, 0.0), 100.0):.3g}%"></i>'


def _class_attribute(name: str) -> str:
    return f' class="{name}"' if name else ""


def _name_attribute(name: str) -> str:
    return f' data-name="{escape_html_line(name)}"' if name else ""


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


def render_rule_sets(rule_sets: Sequence[Row]) -> str:
    """The rule sets of the run with what was measured of them."""
    measured = [name for name in MEASURE_COLUMNS if any(row[name] is not None for row in rule_sets)]
    rows = [_render_rule_set(row, measured) for row in rule_sets]
    head = [("Rule set", ""), ("Rules", "number"), ("Measured on", ""), ("Against", "")]
    head += [(_measure_heading(name), "number") for name in measured]
    lead = '<p class="lead">Against the model, accuracy is fidelity: how often the rules say what the model says.</p>'
    return f"{lead}{render_table(head, rows, 'cards', 'Rule sets')}"


def _render_rule_set(row: Row, measured: Sequence[str]) -> str:
    measures = "".join(number_cell(format_percent(row[name]), _measure_name(name)) for name in measured)
    return (
        f'<tr><th scope="row">{isolate(row["name"])} <span class="change">version {row["version"]}</span></th>'
        f'{number_cell(row["rules"], "rules")}<td data-name="measured on">{isolate(row["corpus"] or "–")}</td>'
        f'<td data-name="against">{escape_html_line(row["against"] or "–")}</td>{measures}</tr>'
    )


def _measure_heading(measure: str) -> str:
    named = _measure_name(measure)
    return named[0].upper() + named[1:]


def _measure_name(measure: str) -> str:
    return measure.replace("_", " ").replace("f1", "F1")


_SHADE_COUNT = 5
_SMALL_CELLS_FROM = 30
"""Labels from which on the cells of a map are drawn smaller."""


def render_shared(shared: SharedFragments) -> str:
    """The map of the labels by what they share, and the fragments that most of them share."""
    if not shared.fragments:
        return f"<p>No fragment is among the first {shared.depth} patterns of two labels.</p>"
    more = f" {shared.left_out} labels that share less are left out." if shared.left_out else ""
    lead = (
        f'<p class="lead">How many fragments are among the first {shared.depth} patterns of both labels: '
        f"what labels share doesn’t tell them apart.{more}</p>"
    )
    rows = [
        f'<tr><th scope="row">{isolate(text)}</th><td>{", ".join(map(_render_place, places))}</td></tr>'
        for text, places in shared.fragments
    ]
    named = render_table(
        [("Fragment", ""), ("Labels, with its rank in each", "wide")], rows, label="Fragments of several labels"
    )
    return f"{lead}{_render_map(shared)}<h3>Shared by most</h3>{named}"


def _render_place(row: Row) -> str:
    return f'{isolate(row["label"])} <span class="change">{row["rank"]}</span>'


def _render_map(shared: SharedFragments) -> str:
    largest = max(
        (value for one, row in enumerate(shared.counts) for other, value in enumerate(row) if one != other), default=0
    )
    head = "".join(f'<th scope="col"><span>{isolate(label)}</span></th>' for label in shared.labels)
    many = " many" if len(shared.labels) > _SMALL_CELLS_FROM else ""
    rows = []
    for one, (label, counts) in enumerate(zip(shared.labels, shared.counts, strict=True)):
        cells = "".join(_render_cell(value, largest, own=one == other) for other, value in enumerate(counts))
        rows.append(f'<tr><th scope="row">{isolate(label)}</th>{cells}</tr>')
    return (
        f'<div class="scroll{many}" role="region" aria-label="Shared fragments" tabindex="0"><table class="map">'
        f'<thead><tr><td class="own"></td>{head}</tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>'
    )


def _render_cell(value: int, largest: int, *, own: bool) -> str:
    if own:
        return '<td class="own">·</td>'
    return f'<td class="shade-{ceil(_SHADE_COUNT * value / largest)}">{value}</td>' if value else "<td></td>"


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


def render_difference(difference: RunDifference | None, run: Row) -> str:
    """What the label gained and lost since the run before, and what changed most."""
    if difference is None:
        return "<p>It is the first run of the store.</p>"
    comparison = Comparison((difference.before, run), difference.counts, difference.changes)
    remarks = "".join(f'<p class="remark">{escape_html_line(remark)}</p>' for remark in comparison.remarks())
    count_rows = [
        f'<tr><th scope="row">{isolate(row["label"])}</th>'
        + "".join(number_cell(row[name], name) for name in ("before", "after", "kept", "gained", "lost"))
        + "</tr>"
        for row in difference.counts
    ]
    head = [("Label", "wide"), *((name, "number") for name in ("Before", "After", "Kept", "Gained", "Lost"))]
    changes = _render_changes(difference.changes) or "<p>No pattern has changed.</p>"
    return f"{remarks}{render_table(head, count_rows, 'cards few', 'Patterns before and after')}<h3>Biggest changes</h3>{changes}"


def _render_changes(changes: Sequence[Row]) -> str:
    if not changes:
        return ""
    largest = max(abs(row["share_change"]) for row in changes)
    rows = [*_render_change_rows(changes, largest)]
    head = [("Label", ""), ("Pattern", "wide"), ("", ""), ("Rank", "number"), ("Share, points of percent", "")]
    return render_table(head, rows, "cards", "Biggest changes")


def _render_change_rows(changes: Sequence[Row], largest: float) -> Iterator[str]:
    for label, group in groupby(changes, key=lambda row: row["label"]):
        for row in group:
            ranks = " → ".join(format_value(row[name]) for name in ("rank_before", "rank_after"))
            yield (
                f'<tr><td>{isolate(label)}</td><th scope="row">{isolate(row["fragment"])}</th>'
                f'<td class="change">{escape_html_line(row["change"])}</td><td class="number" data-name="rank">{ranks}</td>'
                f"{measure(format_percentage_points(row['share_change']), render_change_bar(row['share_change'], largest), 'share')}</tr>"
            )


def render_faithfulness(measured: FaithfulnessReport) -> str:
    """The methods, best first, and what they were measured on; the recommendation before all."""
    columns = used_headers(measured)
    *lines, recommendation = closing_lines(measured)
    rows = [_render_method_row(result, columns) for result in measured.results]
    head = [("Method", ""), *((name, "number") for name in columns.values()), ("Seconds per 1,000 documents", "number")]
    told = "".join(f"<li>{escape_html_line(line)}</li>" for line in lines)
    return (
        f'<p class="lead">{escape_html_line(recommendation)}</p>{render_table(head, rows, "cards", "Faithfulness")}'
        f'<ul class="soft">{told}</ul>'
    )


def _render_method_row(result: MethodResult, columns: dict[str, str]) -> str:
    cells = "".join(number_cell(_format_mean(getattr(result, field)), name) for field, name in columns.items())
    kind = ' <span class="change">baseline</span>' if result.kind == "baseline" else ""
    survives = ' <span class="change">survives a randomised model</span>' if result.survives else ""
    seconds = number_cell("" if result.seconds is None else format_value(result.seconds), "seconds per 1,000 documents")
    return f'<tr><th scope="row">{isolate(result.name)}{kind}{survives}</th>{cells}{seconds}</tr>'


def _format_mean(interval: ConfidenceInterval | None) -> str:
    return "" if interval is None else f"{interval.mean:.3f} ±{(interval.high - interval.low) / 2:.3f}"


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
