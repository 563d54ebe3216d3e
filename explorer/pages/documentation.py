"""The page that lists what the JSON API can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.rendering import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def documentation(request: Request) -> Response:
    """Every endpoint with its parameters, read from the API's own description."""
    described: dict[str, Any] = request.app.openapi()
    endpoints = [
        {"method": method.upper(), "path": path, **what}
        for path, methods in described["paths"].items()
        for method, what in methods.items()
    ]
    return page(request, "api.html", endpoints=endpoints)
