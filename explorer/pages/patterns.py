"""The patterns of a label, page by page, and those of all labels that hold a text."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from explorer.choosing import ORDERS, PAGE, STATUSES, Choice
from explorer.rendering import page
from explorer.site import site_of
from sql.query.filters import NEEDS_MATCHES

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from explorer.site import Site
    from sql import Row

FOUND = 8
"""How many patterns of each label a search shows."""


def patterns(request: Request) -> Response:
    """One page of the patterns of a label, filtered and sorted by the database."""
    site, choice = site_of(request), Choice.of(request.query_params)
    run = site.run(choice.run)
    label = choice.label if choice.label is not None else site.labels(run["run"])[0]["label"]
    # One more than is shown tells whether another page follows.
    filters = choice.filters() | {"label": label, "run": run["run"]}
    rows = site.store.rows("patterns", **filters, top=PAGE + 1, offset=choice.offset)
    labels = {row["label"]: row for row in site.labels(run["run"])}
    return page(
        request,
        "patterns.html",
        **_about(run),
        choice=choice,
        label=labels[label],
        labels=labels,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        largest=site.largest(run["run"], label),
        statuses=STATUSES,
    )


def search(request: Request) -> Response:
    """The first patterns of every label that hold a text."""
    site, choice = site_of(request), Choice.of(request.query_params)
    run = site.run(choice.run)
    rows = _found(site, run["run"], choice.q)
    groups = [(label, [*some]) for label, some in groupby(rows, key=lambda row: row["label"])]
    largest = {label: site.largest(run["run"], label) for label, _ in groups}
    return page(request, "search.html", **_about(run), choice=choice, groups=groups, largest=largest, most=FOUND)


def _found(site: Site, run: int, text: str | None) -> list[Row]:
    return site.store.rows("patterns", run=run, contains=text, top=FOUND + 1) if text else []


def _about(run: Row) -> dict[str, Any]:
    """The run, and by what its patterns can be told apart."""
    matched = run["matched_documents"] is not None
    orders = {name: words for name, words in ORDERS.items() if matched or name not in NEEDS_MATCHES}
    if not run["gold_documents"]:
        orders.pop("gold-precision", None)
    return {"run": run, "orders": orders, "matched": matched, "gold": matched and bool(run["gold_documents"])}
