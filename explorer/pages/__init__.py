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
        Route("/audit", auditing.audited),
        Route("/reviews", reviewing.reviews),
        Route("/reviews", _posted(reviewing.review), methods=["POST"]),
        Route("/rules", rules.rules),
        Route("/rules/download", rules.download),
        Route("/rules/save", _posted(rules.save), methods=["POST"]),
        Route("/explain", explaining.ask),
        Route("/explain", _posted(explaining.explain), methods=["POST"]),
        Route("/sign-in", signing_in.sign_in),
        Route("/sign-in", _posted(signing_in.signed_in), methods=["POST"]),
        Route("/sign-out", _posted(signing_in.sign_out), methods=["POST"]),
        Route("/api", documentation.documentation),
    ]


def _posted(answer: Callable[[Request, Mapping[str, str]], Response]) -> Callable[[Request], object]:
    """Reads a form, and answers it in a thread, as the other pages are."""

    async def endpoint(request: Request) -> Response:
        form = await request.form()
        return await run_in_threadpool(answer, request, {name: str(value) for name, value in form.items()})

    return endpoint
