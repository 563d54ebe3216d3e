"""Explanations of many texts as a page of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.escaping import escape_html_line
from pipeline.views.explanation_html import render_labels_html, render_legend_html
from pipeline.views.pages import render_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.explanation import Explanation


def render_explanations_page(explanations: Sequence[Explanation], title: str = "Explanations") -> str:
    """A page of texts one below the other, the legend above; each text can be copied as it is."""
    articles = [
        f'<article aria-label="text {number}">{f"<h2>{number}</h2>" if len(explanations) > 1 else ""}'
        f"{render_labels_html(explanation)}</article>"
        for number, explanation in enumerate(explanations, start=1)
    ]
    body = (
        f'<main class="inside">\n<h1>{escape_html_line(title)}</h1>\n<div class="legend">{render_legend_html(explanations)}</div>\n'
        f"{chr(10).join(articles)}\n</main>"
    )
    return render_page(title, body, "texts")
