"""What stands before every page: it turns away who may not ask, and says in headers what a browser may do."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse

from explorer.access import has_token, is_own_host, is_same_origin

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from explorer.settings import Settings

LARGEST_BODY = 1_000_000
"""The most bytes that may be sent to a page."""

OPEN = ("/sign-in", "/static/")
"""What may be asked for without a token by whoever reaches the explorer."""

READING = ("/explain", "/api/explain")
"""What is posted and changes nothing."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """Lets a request through to `app`, or answers in its place.

    `request.state.signed_in` is whether it brought the token.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        request = HTTPConnection(scope)
        signed_in = has_token(request, self._settings.token)
        scope.setdefault("state", {})["signed_in"] = signed_in
        app = self._refusal(request, signed_in) or self._app
        await app(scope, receive, sending)

    def _refusal(self, request: HTTPConnection, signed_in: bool) -> Response | None:
        path, method = request.url.path, request.scope["method"]
        if not is_own_host(request.headers.get("host", ""), self._settings.hosts):
            return _refused(path, 421, "the explorer doesn't go by this name: --allow-host NAME gives it one")
        reading = method in ("GET", "HEAD")
        if method in ("POST", "PUT", "PATCH") and (wrong := _wrong_body(request)) is not None:
            return _refused(path, *wrong)
        if not reading and not is_same_origin(request, self._settings.token):
            return _refused(path, 403, "this came from a page of another origin")
        if signed_in or path.startswith(OPEN) or (self._settings.open_reading and (reading or path in READING)):
            return None
        if path.startswith("/api"):
            return _refused(path, 401, "the token is missing or wrong: send it as Authorization: Bearer TOKEN")
        return RedirectResponse(f"/sign-in?back={quote(_asked(request) if reading else '/', safe='')}", 303)


def _wrong_body(request: HTTPConnection) -> tuple[int, str] | None:
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        return 411, "expected a Content-Length"
    return (413, f"expected at most {LARGEST_BODY:,} bytes") if int(length) > LARGEST_BODY else None


def _asked(request: HTTPConnection) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _refused(path: str, status: int, why: str) -> Response:
    if path.startswith("/api"):
        return JSONResponse({"error": why}, status)
    return PlainTextResponse(f"{why}\n", status)
