"""What changed between two runs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from explorer.choosing import whole_of
from explorer.rendering import page
from explorer.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from explorer.site import Site

OF_EACH = 5
OF_ONE = 100


def compare(request: Request) -> Response:
    """By label how many patterns were kept, gained and lost, and those whose share changed most."""
    from pipeline.views.comparison import Comparison

    site, values = site_of(request), request.query_params
    if len(site.published()) < 2:
        return page(request, "compare.html", comparison=None, label=None, groups=[], runs=site.published())
    usual = _usual(site)
    numbers = [whole_of(values, name, usual[place]) for place, name in enumerate(("before", "after"))]
    before, after = (site.run(number) for number in numbers)
    label = values.get("label") or None
    counts, changes = site.comparison(before["run"], after["run"], label, OF_EACH if label is None else OF_ONE)
    return page(
        request,
        "compare.html",
        comparison=Comparison((before, after), counts, changes),
        label=label,
        groups=[(name, [*rows]) for name, rows in groupby(changes, key=lambda row: row["label"])],
        largest=max((abs(row["share_change"]) for row in changes), default=0.0) or 1.0,
        runs=site.published(),
    )


def _usual(site: Site) -> tuple[int, int]:
    """The two runs that are compared where none are named: the current one and the one before it."""
    numbers = [row["run"] for row in site.published()]
    current = next((row["run"] for row in site.published() if row["current"]), numbers[-1])
    earlier = [number for number in numbers if number < current]
    return (earlier[-1], current) if earlier else (current, next(each for each in numbers if each != current))
