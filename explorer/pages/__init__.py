"""The pages by path; each file has the pages of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from camlode.explorer.pages import explain, patterns, review, rules, runs, sign_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response


def routes() -> list[Route]:
    """Return the routes of all pages."""
    return [
        Route("/", patterns.labels),
        Route("/patterns", patterns.patterns),
        Route("/search", patterns.search),
        Route("/pattern", patterns.pattern),
        Route("/compare", runs.compare),
        Route("/audit", runs.audit),
        Route("/reviews", review.reviews),
        Route("/reviews", _form_endpoint(review.review), methods=["POST"]),
        Route("/rules", rules.rules),
        Route("/rules/download", rules.download),
        Route("/rules/save", _form_endpoint(rules.save), methods=["POST"]),
        Route("/explain", explain.explain_form),
        Route("/explain", _form_endpoint(explain.explain), methods=["POST"]),
        Route("/sign-in", sign_in.sign_in),
        Route("/sign-in", _form_endpoint(sign_in.submit_token), methods=["POST"]),
        Route("/sign-out", _form_endpoint(sign_in.sign_out), methods=["POST"]),
        Route("/api", runs.documentation),
    ]


def _form_endpoint(handler: Callable[[Request, Mapping[str, str]], Response]) -> Callable[[Request], object]:
    """Make an endpoint that reads the form, then calls `handler` in a thread, where the other pages run too."""

    async def endpoint(request: Request) -> Response:
        form = await request.form()
        return await run_in_threadpool(handler, request, {name: str(value) for name, value in form.items()})

    return endpoint
