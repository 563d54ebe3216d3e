"""ASGI middleware that rejects unauthorised requests and adds security headers to every response."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from camlode.explorer.access import has_token, is_own_host, is_same_origin

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from camlode.explorer.access import ExplorerSettings

MAX_BODY_BYTES = 1_000_000
"""The most bytes of a request body."""

PUBLIC_PATHS = ("/sign-in", "/static/")
"""Paths that never need the token."""

READ_ONLY_POSTS = ("/explain", "/api/explain")
"""Paths whose POST requests only read."""

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SecurityMiddleware:
    """Passes a request on to `app`, or rejects it.

    Sets `request.state.signed_in`: whether the request has the token.
    """

    def __init__(self, app: ASGIApp, settings: ExplorerSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        request = HTTPConnection(scope)
        signed_in = has_token(request, self._settings.token)
        scope.setdefault("state", {})["signed_in"] = signed_in
        app = self._check_request(request, signed_in) or self._app
        await app(scope, receive, send_with_headers)

    def _check_request(self, request: HTTPConnection, signed_in: bool) -> Response | None:
        path, method = request.url.path, request.scope["method"]
        if not is_own_host(request.headers.get("host", ""), self._settings.hosts):
            return _reject(
                path, 421, "the explorer does not answer to this host name: start it with --allow-host NAME to allow it"
            )
        is_read = method in ("GET", "HEAD")
        if method in ("POST", "PUT", "PATCH") and (wrong := _check_body(request)) is not None:
            return _reject(path, *wrong)
        if not is_read and not is_same_origin(request, self._settings.token):
            return _reject(path, 403, "requests from pages of other origins are not allowed")
        if (
            signed_in
            or path.startswith(PUBLIC_PATHS)
            or (self._settings.open_reading and (is_read or path in READ_ONLY_POSTS))
        ):
            return None
        if path.startswith("/api"):
            return _reject(path, 401, "the token is missing or wrong: send it as Authorization: Bearer TOKEN")
        return RedirectResponse(f"/sign-in?back={quote(_requested_url(request) if is_read else '/', safe='')}", 303)


def _check_body(request: HTTPConnection) -> tuple[int, str] | None:
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        return 411, "expected a Content-Length"
    return (413, f"expected at most {MAX_BODY_BYTES:,} bytes") if int(length) > MAX_BODY_BYTES else None


def _requested_url(request: HTTPConnection) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _reject(path: str, status: int, why: str) -> Response:
    if path.startswith("/api"):
        return JSONResponse({"error": why}, status)
    return PlainTextResponse(f"{why}\n", status)
