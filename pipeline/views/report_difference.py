"""The section of a report on what changed since another run."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from pipeline.views.comparison import Comparison
from pipeline.views.escaping import in_line
from pipeline.views.figures import figure, points
from pipeline.views.report_parts import change_bar, isolated, measure, number, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.reporting.facts import Difference
    from sql import Row


def difference_section(difference: Difference | None, run: Row) -> str:
    """What the label gained and lost since the run before, and what changed most."""
    if difference is None:
        return "<p>It is the first run of the store.</p>"
    comparison = Comparison((difference.before, run), difference.counts, difference.changes)
    remarks = "".join(f'<p class="remark">{in_line(remark)}</p>' for remark in comparison.remarks())
    counted = [
        f'<tr><th scope="row">{isolated(row["label"])}</th>'
        + "".join(number(row[name], name) for name in ("before", "after", "kept", "gained", "lost"))
        + "</tr>"
        for row in difference.counts
    ]
    head = [("Label", "wide"), *((name, "number") for name in ("Before", "After", "Kept", "Gained", "Lost"))]
    changes = _changes(difference.changes) or "<p>No pattern has changed.</p>"
    return f"{remarks}{table(head, counted, 'cards few', 'Patterns before and after')}<h3>Biggest changes</h3>{changes}"


def _changes(changes: Sequence[Row]) -> str:
    if not changes:
        return ""
    largest = max(abs(row["share_change"]) for row in changes)
    rows = [*_change_rows(changes, largest)]
    head = [("Label", ""), ("Pattern", "wide"), ("", ""), ("Rank", "number"), ("Share, points of percent", "")]
    return table(head, rows, "cards", "Biggest changes")


def _change_rows(changes: Sequence[Row], largest: float) -> Iterator[str]:
    for label, group in groupby(changes, key=lambda row: row["label"]):
        for row in group:
            ranks = " → ".join(figure(row[name]) for name in ("rank_before", "rank_after"))
            yield (
                f'<tr><td>{isolated(label)}</td><th scope="row">{isolated(row["fragment"])}</th>'
                f'<td class="change">{in_line(row["change"])}</td><td class="number" data-name="rank">{ranks}</td>'
                f"{measure(points(row['share_change']), change_bar(row['share_change'], largest), 'share')}</tr>"
            )
