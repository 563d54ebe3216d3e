"""Rule sets made from accepted patterns: a preview, files to download, and saving in the store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from camlode.config.errors import CamlodeError
from camlode.explorer.query import build_url, parse_int
from camlode.explorer.rendering import get_author, render_page
from camlode.explorer.rule_jobs import (
    RULE_FILE_FORMAT,
    build_rule_set,
    download_headers,
    export_rule_set,
    formats,
    parse_rule_options,
)
from camlode.explorer.site import get_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from camlode.explorer.site import Site


def rules(request: Request) -> Response:
    """Show the number of accepted patterns by label, and the rules made from them."""
    site, values = get_site(request), request.query_params
    run = site.run(parse_int(values, "run", None))
    rule_options = parse_rule_options(values, run["run"])
    accepted = _count_accepted(site)
    built, problem = None, None
    if accepted:
        try:
            built = build_rule_set(site.settings.address, rule_options)
        except CamlodeError as error:
            problem = str(error)
    labels = [row["label"] for row in site.labels(run["run"])]
    return render_page(
        request,
        "rules.html",
        run=run,
        rule_options=rule_options,
        accepted=accepted,
        labels=labels,
        built=built,
        problem=problem,
        formats=formats(),
        saved=site.store.rows("rule_sets"),
        heaviest=max((abs(w) for rule in built.rules for w in rule.weights.values()), default=1.0) if built else 1.0,
    )


def download(request: Request) -> Response:
    """Download the rule set as a file."""
    site, values = get_site(request), request.query_params
    run = site.run(parse_int(values, "run", None))
    rule_set = build_rule_set(site.settings.address, parse_rule_options(values, run["run"]))
    export = export_rule_set(rule_set, values.get("format") or RULE_FILE_FORMAT)
    return Response(export.content, media_type=export.media_type, headers=download_headers(export))


def save(request: Request, form: Mapping[str, str]) -> Response:
    """Save the rule set in the store, as the next version of a name."""
    from camlode.rules.rule_file import rules_to_json

    site = get_site(request)
    run = site.run(parse_int(form, "run", None))
    rule_set = build_rule_set(site.settings.address, parse_rule_options(form, run["run"]))
    name = form.get("name", "").strip()
    site.store.save_rules(name, rules_to_json(rule_set), run["run"], author=get_author(request))
    params = {key: value for key, value in form.items() if key != "name" and value}
    return RedirectResponse(build_url("/rules", **params), 303)


def _count_accepted(site: Site) -> Counter[str]:
    """Count the patterns of each label whose last review accepts them, in any run."""
    statuses = {(row["fragment"], row["label"]): row["status"] for row in site.store.rows("reviews")}
    return Counter(label for (_, label), status in statuses.items() if status == "accepted")
