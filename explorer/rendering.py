"""Pages rendered from templates, and the name of the reviewer that a browser remembers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from starlette.responses import HTMLResponse

from camlode.explorer.query import build_url
from camlode.explorer.site import get_site
from camlode.pipeline.display.html import get_environment

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

FOLDER = Path(__file__).parent
AUTHOR_COOKIE = "camlode-author"


def render_page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """Render a page.

    Every template gets the request's `path` and `current_url` (path and query), the `site`, `signed_in`, and the
    reviewer's name as `author`.
    """
    site = get_site(request)
    context = {
        "current_url": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "path": request.url.path,
        "site": site,
        "signed_in": request.state.signed_in,
        "author": get_author(request),
        "run": None,
    }
    return HTMLResponse(_explorer_environment().get_template(template).render(context | values), status)


@cache
def _explorer_environment() -> Environment:
    environment = get_environment(FOLDER / "templates")
    # As globals, since imported macros see no values of a page.
    environment.globals |= {"build_url": build_url, "encode_pattern_key": encode_pattern_key}
    return environment


def get_author(request: Request) -> str:
    """Return the reviewer's name: the one given last in this browser, else that of the explorer's settings."""
    return unquote(request.cookies.get(AUTHOR_COOKIE, "")) or get_site(request).settings.author


def remember_author(response: Response, author: str) -> None:
    """Store the reviewer's name in a cookie of the browser."""
    response.set_cookie(AUTHOR_COOKIE, quote(author, safe=""), max_age=31_536_000, httponly=True, samesite="strict")


def encode_pattern_key(fragment: str, label: str) -> str:
    """Encode a pattern for a form's field: ASCII JSON, since browsers normalise line ends in fields."""
    return json.dumps({"fragment": fragment, "label": label})
