"""What changed between two runs."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from explorer.choosing import parse_int
from explorer.rendering import render_page
from explorer.site import get_site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from explorer.site import Site

CHANGES_PER_LABEL = 5
CHANGES_FOR_ONE_LABEL = 100


def compare(request: Request) -> Response:
    """By label how many patterns were kept, gained and lost, and those whose share changed most."""
    from pipeline.views.comparison import Comparison

    site, values = get_site(request), request.query_params
    if len(site.published_runs()) < 2:
        return render_page(request, "compare.html", comparison=None, label=None, groups=[], runs=site.published_runs())
    defaults = _default_runs(site)
    numbers = [parse_int(values, name, defaults[index]) for index, name in enumerate(("before", "after"))]
    before, after = (site.run(number) for number in numbers)
    label = values.get("label") or None
    counts, changes = site.comparison(
        before["run"], after["run"], label, CHANGES_PER_LABEL if label is None else CHANGES_FOR_ONE_LABEL
    )
    return render_page(
        request,
        "compare.html",
        comparison=Comparison((before, after), counts, changes),
        label=label,
        groups=[(name, [*rows]) for name, rows in groupby(changes, key=lambda row: row["label"])],
        largest=max((abs(row["share_change"]) for row in changes), default=0.0) or 1.0,
        runs=site.published_runs(),
    )


def _default_runs(site: Site) -> tuple[int, int]:
    """The two runs that are compared where none are named: the current one and the one before it."""
    numbers = [row["run"] for row in site.published_runs()]
    current = next((row["run"] for row in site.published_runs() if row["current"]), numbers[-1])
    earlier = [number for number in numbers if number < current]
    return (earlier[-1], current) if earlier else (current, next(each for each in numbers if each != current))
