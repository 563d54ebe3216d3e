"""All that is known of one pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import StoreError
from config.names import did_you_mean
from explorer.choosing import parse_int
from explorer.rendering import render_page
from explorer.site import get_site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from explorer.site import Site
    from sql import Row


def pattern(request: Request) -> Response:
    """A pattern's statistics, its other labels and runs, what people said of it, and where it was seen."""
    site, values = get_site(request), request.query_params
    fragment = values.get("fragment", "")
    places = site.store.rows("places", fragment=fragment)
    shown = _find_place(places, parse_int(values, "run", None), values.get("label"))
    run, label = site.run(shown["run"]), shown["label"]
    examples = site.store.rows("examples", run=shown["run"], label=label, fragment=fragment)
    before, after = _find_neighbours(site, shown)
    return render_page(
        request,
        "pattern.html",
        run=run,
        shown=shown,
        places=places,
        reviews=site.store.rows("reviews", fragment=fragment, label=label),
        supporting=[row for row in examples if row["kind"] == "supporting"],
        counter=[row for row in examples if row["kind"] == "counter"],
        largest=site.largest(shown["run"], label),
        before=before,
        after=after,
    )


def _find_place(places: Sequence[Row], run: int | None, label: str | None) -> Row:
    """The one of a fragment's places that is asked for: of the current run and its best rank, unless it is named.

    Raises:
        StoreError: the fragment is no pattern there.
    """
    run_places = [row for row in places if row["run"] == run or (run is None and row["current"])]
    if run is not None and not run_places:
        raise StoreError(f"{places[0]['fragment'][:50]!r} is no pattern of run {run}")
    # Where the current run doesn't have it, the last run that does.
    found = run_places or [row for row in places if row["run"] == places[-1]["run"]]
    if label is None:
        return min(found, key=lambda row: row["rank"])
    for row in found:
        if row["label"] == label:
            return row
    known = [row["label"] for row in found]
    raise StoreError(
        f"{found[0]['fragment'][:50]!r} is no pattern of the label {label!r}: {did_you_mean(label, known)}"
    )


def _find_neighbours(site: Site, shown: Row) -> tuple[Row | None, Row | None]:
    """The patterns of the label that are one rank above and below."""
    offset = max(0, shown["rank"] - 2)
    rows = site.store.rows("patterns", run=shown["run"], label=shown["label"], top=3, offset=offset)
    neighbours = {row["rank"]: row for row in rows}
    return neighbours.get(shown["rank"] - 1), neighbours.get(shown["rank"] + 1)
