"""The section of a report on what changed since another run."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.comparison import Comparison
from pipeline.views.escaping import escape_html_line
from pipeline.views.figures import format_percentage_points, format_value
from pipeline.views.report_parts import isolate, measure, number_cell, render_change_bar, render_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.reporting.facts import RunDifference
    from sql import Row


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
