"""Signing in with the token that is printed when the explorer starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from explorer.access import cookie_name, is_token
from explorer.pages.reviewing import own_path
from explorer.rendering import page
from explorer.site import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response


def sign_in(request: Request) -> Response:
    """Asks for the token; or takes it from the address that was printed."""
    values = request.query_params
    if "token" in values:
        return _answer(request, values["token"], values.get("back", ""))
    return page(request, "sign_in.html", back=values.get("back", "/"), wrong=False)


def signed_in(request: Request, form: Mapping[str, str]) -> Response:
    """Takes the token from the form."""
    return _answer(request, form.get("token", "").strip(), form.get("back", ""))


def sign_out(request: Request, _form: Mapping[str, str]) -> Response:
    """Lets the browser forget the token."""
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(cookie_name(site_of(request).settings.token), httponly=True, samesite="strict")
    return answer


def _answer(request: Request, given: str, back: str) -> Response:
    token = site_of(request).settings.token
    if not is_token(given, token):
        return page(request, "sign_in.html", 403, back=own_path(back), wrong=True)
    answer = RedirectResponse(own_path(back), 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(cookie_name(token), token, httponly=True, samesite="strict", secure=secure)
    return answer
