"""Rule sets made of accepted patterns: a look at them, and files to download."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from config.errors import CamlodeError
from explorer.building import OWN_FORMAT, build, download_headers, exported, formats, recipe_of
from explorer.choosing import address, whole_of
from explorer.rendering import author_of, page
from explorer.site import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from explorer.site import Site


def rules(request: Request) -> Response:
    """How many patterns are accepted by label; once asked, the rules that they make."""
    site, values = site_of(request), request.query_params
    run = site.run(whole_of(values, "run", None))
    recipe = recipe_of(values, run["run"])
    accepted = _accepted(site)
    built, problem = None, None
    if accepted:
        try:
            built = build(site.settings.address, recipe)
        except CamlodeError as error:
            problem = str(error)
    labels = [row["label"] for row in site.labels(run["run"])]
    return page(
        request,
        "rules.html",
        run=run,
        recipe=recipe,
        accepted=accepted,
        labels=labels,
        built=built,
        problem=problem,
        formats=formats(),
        saved=site.store.rows("rule_sets"),
        heaviest=max((abs(w) for rule in built.rules for w in rule.weights.values()), default=1.0) if built else 1.0,
    )


def download(request: Request) -> Response:
    """The rule set as a file."""
    site, values = site_of(request), request.query_params
    run = site.run(whole_of(values, "run", None))
    found = build(site.settings.address, recipe_of(values, run["run"]))
    export = exported(found, values.get("format") or OWN_FORMAT)
    return Response(export.content, media_type=export.media_type, headers=download_headers(export))


def save(request: Request, form: Mapping[str, str]) -> Response:
    """Keeps the rule set in the store, as the next version of a name."""
    from rules.rule_file import as_json

    site = site_of(request)
    run = site.run(whole_of(form, "run", None))
    found = build(site.settings.address, recipe_of(form, run["run"]))
    name = form.get("name", "").strip()
    site.store.save_rules(name, as_json(found), run["run"], author=author_of(request))
    kept = {key: value for key, value in form.items() if key != "name" and value}
    return RedirectResponse(address("/rules", **kept), 303)


def _accepted(site: Site) -> Counter[str]:
    """How many patterns of each label were accepted last, in whatever run they are."""
    last = {(row["fragment"], row["label"]): row["status"] for row in site.store.rows("reviews")}
    return Counter(label for (_, label), status in last.items() if status == "accepted")
