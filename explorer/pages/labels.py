"""The first page: a run and its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.choosing import parse_int
from explorer.rendering import render_page
from explorer.site import get_site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def labels(request: Request) -> Response:
    """What the run was of, and for each label how often it was predicted and how many patterns speak for it."""
    site = get_site(request)
    if not site.published_runs():
        return render_page(request, "empty.html")
    run = site.run(parse_int(request.query_params, "run", None))
    rows = site.labels(run["run"])
    most = max((row["importance"] for row in rows), default=0.0) or 1.0
    return render_page(request, "labels.html", run=run, labels=rows, most=most)
