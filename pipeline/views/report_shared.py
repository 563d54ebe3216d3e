"""The section of a report on what labels share: their map, and the fragments that most of them lean on."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from pipeline.views.report_parts import isolate, render_table

if TYPE_CHECKING:
    from pipeline.reporting.facts import SharedFragments
    from sql import Row

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
