"""The Jinja environment of all HTML: reports, explanations and the explorer.

What a template prints is sanitized to one line and then escaped, so a text of a corpus, a model or a person is harmless
without a filter. Two filters keep more of it: `lines` keeps line ends and tabs; `e` keeps every character, for the
values that a form sends back.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from camlode.pipeline.display.numbers import (
    format_percent,
    format_percentage_points,
    format_signed,
    format_value,
)
from camlode.pipeline.display.sanitize import escape_html, sanitize_line

SHARED_TEMPLATES = Path(__file__).parent / "templates"
"""The page, its style, and the macros that templates of several packages import."""


def render_template(folder: Path, name: str, **values: Any) -> str:
    """Render the template `name` of `folder` with `values`."""
    return get_environment(folder).get_template(name).render(values)


@cache
def get_environment(folder: Path) -> Environment:
    """The environment of the templates in `folder`, which may extend and import the shared ones."""
    environment = Environment(
        loader=FileSystemLoader([folder, SHARED_TEMPLATES]),
        autoescape=True,
        finalize=_sanitize_unless_markup,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "figure": format_value,
        "lines": _keep_lines,
        "percent": format_percent,
        "points": format_percentage_points,
        "signed": format_signed,
        "width": bar_width,
    }
    return environment


def bar_width(share: float | None) -> str:
    """The width of a share (0 to 1) in a bar of width 100."""
    return f"{100 * min(max(share or 0.0, 0.0), 1.0):.3g}"


def _keep_lines(text: str) -> Markup:
    return Markup(escape_html(text))  # noqa: S704 (it is escaped)


def _sanitize_unless_markup(value: Any) -> Any:
    # Called for each hole of a template before it is escaped; the output of macros is markup already.
    return value if isinstance(value, Markup) else sanitize_line(value)
