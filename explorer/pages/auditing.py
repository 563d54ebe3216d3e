"""The audit of a run."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from explorer.choosing import PAGE, whole_of
from explorer.rendering import page
from explorer.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def audited(request: Request) -> Response:
    """The patterns that a run's model leans on but should not, by label, with the reasons; some of them a page."""
    site, values = site_of(request), request.query_params
    run = site.run(whole_of(values, "run", None))
    audit = site.audit(run["run"], whole_of(values, "against", None))
    check, label = values.get("check") or None, values.get("label") or None
    found = [each for each in audit.findings if check in (None, each.check) and label in (None, each.label)]
    patterns = [[*same] for _, same in groupby(found, key=lambda each: (each.label, each.accepted, each.rank))]
    number = max(1, whole_of(values, "page", 1))
    shown = patterns[(number - 1) * PAGE : number * PAGE]
    return page(
        request,
        "audit.html",
        run=run,
        audit=audit,
        groups=[(name, [*of_label]) for name, of_label in groupby(shown, key=lambda each: each[0].label)],
        check=check,
        label=label,
        labels=[*dict.fromkeys(each.label for each in audit.findings)],
        number=number,
        first=(number - 1) * PAGE + 1,
        shown=len(shown),
        total=len(patterns),
    )
