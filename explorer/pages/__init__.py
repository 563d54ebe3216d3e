"""The pages: a file for each, and their addresses here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from explorer.pages import (
    auditing,
    comparing,
    documentation,
    explaining,
    labels,
    pattern,
    patterns,
    reviewing,
    rules,
    signing_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response


def routes() -> list[Route]:
    """All pages by address."""
    return [
        Route("/", labels.labels),
        Route("/patterns", patterns.patterns),
        Route("/search", patterns.search),
        Route("/pattern", pattern.pattern),
        Route("/compare", comparing.compare),
        Route("/audit", auditing.audit_page),
        Route("/reviews", reviewing.reviews),
        Route("/reviews", _form_endpoint(reviewing.review), methods=["POST"]),
        Route("/rules", rules.rules),
        Route("/rules/download", rules.download),
        Route("/rules/save", _form_endpoint(rules.save), methods=["POST"]),
        Route("/explain", explaining.explain_form),
        Route("/explain", _form_endpoint(explaining.explain), methods=["POST"]),
        Route("/sign-in", signing_in.sign_in),
        Route("/sign-in", _form_endpoint(signing_in.submit_token), methods=["POST"]),
        Route("/sign-out", _form_endpoint(signing_in.sign_out), methods=["POST"]),
        Route("/api", documentation.documentation),
    ]


def _form_endpoint(handler: Callable[[Request, Mapping[str, str]], Response]) -> Callable[[Request], object]:
    """Reads a form, and answers it in a thread, as the other pages are."""

    async def endpoint(request: Request) -> Response:
        form = await request.form()
        return await run_in_threadpool(handler, request, {name: str(value) for name, value in form.items()})

    return endpoint
