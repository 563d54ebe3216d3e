"""A typed text, explained by the job's model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError
from camlode.explorer.rendering import render_page
from camlode.explorer.site import get_site
from camlode.pipeline.explanations.highlight import highlight_spans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

COLOR_STEPS = 8
"""Steps of color strength; the stylesheet has a class for each."""

NO_JOB_MESSAGE = (
    "this explorer was started without a job: start it with camlode serve STORE --job JOB.yaml to explain texts"
)


def explain_form(request: Request) -> Response:
    """Show the empty form."""
    return _render(request, "", None)


def explain(request: Request, form: Mapping[str, str]) -> Response:
    """Show the text of the form with its tokens colored by importance, once for each label."""
    text, label, site = form.get("text", ""), form.get("label") or None, get_site(request)
    if site.explainer is None:
        raise CamlodeError(NO_JOB_MESSAGE)
    try:
        found = site.explainer.explain(text, label)
    except CamlodeError as error:
        return _render(request, text, label, status=400, problem=str(error))
    parts = [(each, [*highlight_spans(found.text, each)]) for each in found.labels]
    return _render(request, text, label, explanation=found, parts=parts)


def _render(request: Request, text: str, label: str | None, *, status: int = 200, **found: object) -> Response:
    known = {"explanation": None, "parts": [], "problem": None} | found
    site = get_site(request)
    run = next((row for row in site.published_runs() if row["current"]), None)
    labels = [row["label"] for row in site.labels(run["run"])] if run else []
    return render_page(
        request,
        "explain.html",
        status,
        text=text,
        label=label,
        labels=labels,
        steps=COLOR_STEPS,
        no_model=NO_JOB_MESSAGE,
        **known,
    )
