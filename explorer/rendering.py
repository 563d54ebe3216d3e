"""Pages rendered from templates, and the name of the reviewer that a browser remembers."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from starlette.responses import HTMLResponse

from camlode.explorer.query import address
from camlode.explorer.site import get_site
from camlode.pipeline.display.html import get_environment

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response

FOLDER = Path(__file__).parent
AUTHOR_COOKIE = "camlode-author"


def render_page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """A page; every template knows the request's path, the site, whether it may be written to, and who reviews."""
    site = get_site(request)
    context = {
        "asked": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
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
    environment.globals |= {"address": address, "identity": identity}
    return environment


def get_author(request: Request) -> str:
    """Who reviews: the name that was given last, or else that of whoever started the explorer."""
    return unquote(request.cookies.get(AUTHOR_COOKIE, "")) or get_site(request).settings.author


def remember_author(response: Response, author: str) -> None:
    """Lets the browser keep the name of who reviews."""
    response.set_cookie(AUTHOR_COOKIE, quote(author, safe=""), max_age=31_536_000, httponly=True, samesite="strict")


def identity(fragment: str, label: str) -> str:
    """A pattern as a form's field: in ASCII, since browsers change the ends of lines that they send."""
    return json.dumps({"fragment": fragment, "label": label})
