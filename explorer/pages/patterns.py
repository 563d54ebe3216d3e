"""The labels of a run, the patterns of a label, a search in all labels, and the page of one pattern."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError, did_you_mean
from camlode.explorer.query import ORDER_NAMES, PAGE_SIZE, STATUS_NAMES, PatternPage, parse_int
from camlode.explorer.rendering import render_page
from camlode.explorer.site import get_site
from camlode.pipeline.report.contents import compute_gold_measures
from camlode.sql.query.patterns import ORDERS_NEEDING_MATCHES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from camlode.explorer.site import Site
    from camlode.sql import Row

MATCHES_PER_LABEL = 8
"""Patterns per label in the results of a search."""


def patterns(request: Request) -> Response:
    """Show one page of a label's patterns, filtered and sorted by the database."""
    site, pattern_filter = get_site(request), PatternPage.from_params(request.query_params)
    run = site.run(pattern_filter.run)
    label = pattern_filter.label if pattern_filter.label is not None else site.labels(run["run"])[0]["label"]
    rows = site.store.rows("patterns", filters=replace(pattern_filter, label=label, run=run["run"]))
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
    """Show the first patterns of every label that contain a text."""
    site, pattern_filter = get_site(request), PatternPage.from_params(request.query_params)
    run = site.run(pattern_filter.run)
    rows = _find_patterns(site, run["run"], pattern_filter.contains)
    groups = [(label, [*some]) for label, some in groupby(rows, key=lambda row: row["label"])]
    largest = {label: site.largest(run["run"], label) for label, _ in groups}
    return render_page(
        request,
        "search.html",
        **_run_values(run),
        pattern_filter=pattern_filter,
        groups=groups,
        largest=largest,
        matches_per_label=MATCHES_PER_LABEL,
    )


def _find_patterns(site: Site, run: int, text: str | None) -> list[Row]:
    return site.store.rows("patterns", run=run, contains=text, top=MATCHES_PER_LABEL + 1) if text else []


def _run_values(run: Row) -> dict[str, Any]:
    """Return the run, the orders its patterns can be sorted by, and the precisions that they have."""
    matched = run["matched_documents"] is not None
    orders = {name: title for name, title in ORDER_NAMES.items() if matched or name not in ORDERS_NEEDING_MATCHES}
    if not run["gold_documents"]:
        orders.pop("gold-precision", None)
    return {"run": run, "orders": orders, "matched": matched, "gold": matched and bool(run["gold_documents"])}


def pattern(request: Request) -> Response:
    """Show a pattern: statistics, examples, reviews, and its other labels and runs."""
    site, values = get_site(request), request.query_params
    fragment = values.get("fragment", "")
    places = site.store.rows("places", fragment=fragment)
    shown = _find_pattern(places, parse_int(values, "run", None), values.get("label"))
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


def _find_pattern(places: Sequence[Row], run: int | None, label: str | None) -> Row:
    """Return a fragment's pattern for `run` and `label`; by default the current run and its best rank.

    Raises:
        StoreError: the fragment is not a pattern there.
    """
    run_places = [row for row in places if row["run"] == run or (run is None and row["current"])]
    if run is not None and not run_places:
        raise StoreError(f"{places[0]['fragment'][:50]!r} is no pattern of run {run}")
    # If the current run does not have it, the last run that does.
    candidates = run_places or [row for row in places if row["run"] == places[-1]["run"]]
    if label is None:
        return min(candidates, key=lambda row: row["rank"])
    for row in candidates:
        if row["label"] == label:
            return row
    known = [row["label"] for row in candidates]
    raise StoreError(
        f"{candidates[0]['fragment'][:50]!r} is no pattern of the label {label!r}: {did_you_mean(label, known)}"
    )


def _find_neighbours(site: Site, shown: Row) -> tuple[Row | None, Row | None]:
    """Return the label's patterns one rank above and below."""
    offset = max(0, shown["rank"] - 2)
    rows = site.store.rows("patterns", run=shown["run"], label=shown["label"], top=3, offset=offset)
    neighbours = {row["rank"]: row for row in rows}
    return neighbours.get(shown["rank"] - 1), neighbours.get(shown["rank"] + 1)


def labels(request: Request) -> Response:
    """Show the run, and each label with its numbers of predictions and patterns."""
    site = get_site(request)
    if not site.published_runs():
        return render_page(request, "empty.html")
    run = site.run(parse_int(request.query_params, "run", None))
    rows = site.labels(run["run"])
    largest = max((row["importance"] for row in rows), default=0.0) or 1.0
    measures = {row["label"]: compute_gold_measures(run, row) for row in rows}
    return render_page(
        request,
        "labels.html",
        run=run,
        labels=rows,
        largest=largest,
        gold_measures=measures,
        gold_columns=[(name.capitalize(), "") for name in next(iter(measures.values()), ())],
    )
