"""Signing in with the token that is printed at the start, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from camlode.explorer.access import cookie_name, is_token
from camlode.explorer.pages.review import sanitize_path
from camlode.explorer.rendering import render_page
from camlode.explorer.site import get_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response


def sign_in(request: Request) -> Response:
    """Show the form, or sign in with the token of the printed address."""
    values = request.query_params
    if "token" in values:
        return _sign_in_response(request, values["token"], values.get("back", ""))
    return render_page(request, "sign_in.html", back=values.get("back", "/"), wrong=False)


def submit_token(request: Request, form: Mapping[str, str]) -> Response:
    """Sign in with the token of the form."""
    return _sign_in_response(request, form.get("token", "").strip(), form.get("back", ""))


def sign_out(request: Request, _form: Mapping[str, str]) -> Response:
    """Delete the cookie with the token."""
    response = RedirectResponse("/", 303)
    response.delete_cookie(cookie_name(get_site(request).settings.token), httponly=True, samesite="strict")
    return response


def _sign_in_response(request: Request, given: str, back: str) -> Response:
    token = get_site(request).settings.token
    if not is_token(given, token):
        return render_page(request, "sign_in.html", 403, back=sanitize_path(back), wrong=True)
    response = RedirectResponse(sanitize_path(back), 303)
    secure = request.url.scheme == "https"
    response.set_cookie(cookie_name(token), token, httponly=True, samesite="strict", secure=secure)
    return response
