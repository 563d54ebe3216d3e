"""The page that lists what the JSON API can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from explorer.rendering import render_page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def documentation(request: Request) -> Response:
    """Every endpoint with its parameters, read from the API's own description."""
    schema: dict[str, Any] = request.app.openapi()
    endpoints = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    return render_page(request, "api.html", endpoints=endpoints)
