"""The audit of a run."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from explorer.choosing import PAGE_SIZE, parse_int
from explorer.rendering import render_page
from explorer.site import get_site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def audit_page(request: Request) -> Response:
    """The patterns that a run's model leans on but should not, by label, with the reasons; some of them a page."""
    site, values = get_site(request), request.query_params
    run = site.run(parse_int(values, "run", None))
    audit = site.audit(run["run"], parse_int(values, "against", None))
    check, label = values.get("check") or None, values.get("label") or None
    found = [each for each in audit.findings if check in (None, each.check) and label in (None, each.label)]
    patterns = [[*rows] for _, rows in groupby(found, key=lambda each: (each.label, each.accepted, each.rank))]
    number = max(1, parse_int(values, "page", 1))
    shown = patterns[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return render_page(
        request,
        "audit.html",
        run=run,
        audit=audit,
        groups=[(name, [*label_findings]) for name, label_findings in groupby(shown, key=lambda each: each[0].label)],
        check=check,
        label=label,
        labels=[*dict.fromkeys(each.label for each in audit.findings)],
        number=number,
        first=(number - 1) * PAGE_SIZE + 1,
        shown=len(shown),
        total=len(patterns),
    )
