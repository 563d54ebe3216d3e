"""A typed text, explained by the job's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CamlodeError
from explorer.rendering import page
from explorer.site import site_of
from pipeline.views.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

STEPS = 8
"""How many strengths of colour are told apart; the stylesheet has a class for each."""

NO_MODEL = "this explorer was started without a job: camlode serve STORE --job JOB.yaml explains texts"


def ask(request: Request) -> Response:
    """An empty box."""
    return _page(request, "", None)


def explain(request: Request, form: Mapping[str, str]) -> Response:
    """The text of the form, coloured by what its tokens say for each label."""
    text, label, site = form.get("text", ""), form.get("label") or None, site_of(request)
    if site.live is None:
        raise CamlodeError(NO_MODEL)
    try:
        found = site.live.explain(text, label)
    except CamlodeError as error:
        return _page(request, text, label, status=400, problem=str(error))
    parts = [(each, [*pieces(found.text, each)]) for each in found.labels]
    return _page(request, text, label, explanation=found, parts=parts)


def _page(request: Request, text: str, label: str | None, *, status: int = 200, **found: object) -> Response:
    known = {"explanation": None, "parts": [], "problem": None} | found
    site = site_of(request)
    run = next((row for row in site.published() if row["current"]), None)
    labels = [row["label"] for row in site.labels(run["run"])] if run else []
    return page(
        request, "explain.html", status, text=text, label=label, labels=labels, steps=STEPS, no_model=NO_MODEL, **known
    )
