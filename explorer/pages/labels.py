"""The first page: a run and its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from explorer.choosing import whole_of
from explorer.rendering import page
from explorer.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def labels(request: Request) -> Response:
    """What the run was of, and for each label how often it was predicted and how many patterns speak for it."""
    site = site_of(request)
    if not site.published():
        return page(request, "empty.html")
    run = site.run(whole_of(request.query_params, "run", None))
    rows = site.labels(run["run"])
    most = max((row["importance"] for row in rows), default=0.0) or 1.0
    return page(request, "labels.html", run=run, labels=rows, most=most)
