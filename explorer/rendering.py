"""Pages made from templates, in which everything is escaped unless it is markup of ours."""
# MERGED: Values as a page shows them: those of reports, of texts that can't disturb the page, and the widths of bars.

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from camlode.explorer.query import address
from camlode.explorer.site import get_site
from camlode.pipeline.display import numbers
from camlode.pipeline.display.numbers import format_percent, format_signed
from camlode.pipeline.display.sanitize import sanitize_line

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def format_value(value: Any) -> str:
    """A number, a moment or a text, as a report has them."""
    return sanitize_line(numbers.format_value(value))


def width(share: float | None) -> str:
    """How many hundredths of a bar's width a share (0 to 1) takes."""
    return f"{100 * min(max(share or 0.0, 0.0), 1.0):.2f}"


FOLDER = Path(__file__).parent
AUTHOR_COOKIE = "camlode-author"


@cache
def get_environment() -> Environment:
    """The templates, with what turns values into text."""
    jinja = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {
        "shown": sanitize_line,
        "figure": format_value,
        "percent": format_percent,
        "signed": format_signed,
        "width": width,
    }
    jinja.globals |= {"address": address, "identity": identity}
    return jinja


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
    return HTMLResponse(get_environment().get_template(template).render(context | values), status)


def get_author(request: Request) -> str:
    """Who reviews: the name that was given last, or else that of whoever started the explorer."""
    return unquote(request.cookies.get(AUTHOR_COOKIE, "")) or get_site(request).settings.author


def remember_author(response: Response, author: str) -> None:
    """Lets the browser keep the name of who reviews."""
    response.set_cookie(AUTHOR_COOKIE, quote(author, safe=""), max_age=31_536_000, httponly=True, samesite="strict")


def identity(fragment: str, label: str) -> str:
    """A pattern as a form's field: in ASCII, since browsers change the ends of lines that they send."""
    return json.dumps({"fragment": fragment, "label": label})
