"""The audit of a run, the comparison of two runs, and the documentation of the JSON API."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from camlode.explorer.query import PAGE_SIZE, parse_int
from camlode.explorer.rendering import render_page
from camlode.explorer.site import get_site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from camlode.explorer.site import Site


def audit(request: Request) -> Response:
    """Show one page of the audit's findings, by label."""
    site, values = get_site(request), request.query_params
    run = site.run(parse_int(values, "run", None))
    audited = site.audit(run["run"], parse_int(values, "against", None))
    check, label = values.get("check") or None, values.get("label") or None
    findings = [each for each in audited.findings if check in (None, each.check) and label in (None, each.label)]
    patterns = [[*rows] for _, rows in groupby(findings, key=lambda each: (each.label, each.accepted, each.rank))]
    number = max(1, parse_int(values, "page", 1))
    shown = patterns[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_page(
        request,
        "audit.html",
        run=run,
        audit=audited,
        groups=[(name, [*label_findings]) for name, label_findings in groupby(shown, key=lambda each: each[0].label)],
        check=check,
        label=label,
        labels=[*dict.fromkeys(each.label for each in audited.findings)],
        number=number,
        first=(number - 1) * PAGE_SIZE + 1,
        shown=len(shown),
        total=len(patterns),
    )


CHANGES_PER_LABEL = 5
CHANGES_FOR_ONE_LABEL = 100


def compare(request: Request) -> Response:
    """Show the patterns kept, gained and lost by label, and those whose share changed most."""
    from camlode.pipeline.comparison import Comparison

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
    """Return the runs to compare by default: the one before the current run, and the current run."""
    numbers = [row["run"] for row in site.published_runs()]
    current = next((row["run"] for row in site.published_runs() if row["current"]), numbers[-1])
    earlier = [number for number in numbers if number < current]
    return (earlier[-1], current) if earlier else (current, next(each for each in numbers if each != current))


def documentation(request: Request) -> Response:
    """Show every endpoint with its parameters, read from the OpenAPI description."""
    schema: dict[str, Any] = request.app.openapi()
    endpoints = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render_page(request, "api.html", endpoints=endpoints)
