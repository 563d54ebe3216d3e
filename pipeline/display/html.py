"""Whole HTML pages that stand alone: no script, nothing from elsewhere; light, dark and on paper."""

from __future__ import annotations

from importlib.resources import files

from camlode.pipeline.display.sanitize import escape_html_line


def render_page(title: str, body: str, *styles: str) -> str:
    """A page of the house's look with `styles` beside it; `title` is escaped, `body` is HTML."""
    rules = "\n".join(read_style(name) for name in ("page", *styles))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape_html_line(title)}</title>\n<style>\n{rules}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def read_style(name: str) -> str:
    """The rules of `styles/NAME.css`."""
    return files("camlode.pipeline.display").joinpath("styles", f"{name}.css").read_text(encoding="utf-8")
