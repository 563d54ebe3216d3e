"""The patterns of a label, page by page, and those of all labels that hold a text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from explorer.choosing import ORDER_NAMES, PAGE_SIZE, STATUS_NAMES, PatternFilter
from explorer.rendering import render_page
from explorer.site import get_site
from sql.query.filters import ORDERS_NEEDING_MATCHES

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from explorer.site import Site
    from sql import Row

MATCHES_PER_LABEL = 8
"""How many patterns of each label a search shows."""


def patterns(request: Request) -> Response:
    """One page of the patterns of a label, filtered and sorted by the database."""
    site, pattern_filter = get_site(request), PatternFilter.from_params(request.query_params)
    run = site.run(pattern_filter.run)
    label = pattern_filter.label if pattern_filter.label is not None else site.labels(run["run"])[0]["label"]
    # One more than is shown tells whether another page follows.
    filters = pattern_filter.filters() | {"label": label, "run": run["run"]}
    rows = site.store.rows("patterns", **filters, top=PAGE_SIZE + 1, offset=pattern_filter.offset)
    labels = {row["label"]: row for row in site.labels(run["run"])}
    return render_page(
        request,
        "patterns.html",
        **_run_values(run),
        pattern_filter=pattern_filter,
        label=labels[label],
        labels=labels,
        rows=rows[:PAGE_SIZE],
        more=len(rows) > PAGE_SIZE,
        largest=site.largest(run["run"], label),
        statuses=STATUS_NAMES,
    )


def search(request: Request) -> Response:
    """The first patterns of every label that hold a text."""
    site, pattern_filter = get_site(request), PatternFilter.from_params(request.query_params)
    run = site.run(pattern_filter.run)
    rows = _find_patterns(site, run["run"], pattern_filter.q)
    groups = [(label, [*some]) for label, some in groupby(rows, key=lambda row: row["label"])]
    largest = {label: site.largest(run["run"], label) for label, _ in groups}
    return render_page(
        request,
        "search.html",
        **_run_values(run),
        pattern_filter=pattern_filter,
        groups=groups,
        largest=largest,
        most=MATCHES_PER_LABEL,
    )


def _find_patterns(site: Site, run: int, text: str | None) -> list[Row]:
    return site.store.rows("patterns", run=run, contains=text, top=MATCHES_PER_LABEL + 1) if text else []


def _run_values(run: Row) -> dict[str, Any]:
    """The run, and by what its patterns can be told apart."""
    matched = run["matched_documents"] is not None
    orders = {name: title for name, title in ORDER_NAMES.items() if matched or name not in ORDERS_NEEDING_MATCHES}
    if not run["gold_documents"]:
        orders.pop("gold-precision", None)
    return {"run": run, "orders": orders, "matched": matched, "gold": matched and bool(run["gold_documents"])}
