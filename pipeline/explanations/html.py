"""Explanations as HTML: what a notebook shows, and a page of many texts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.display.html import render_template
from camlode.pipeline.explanations.highlight import find_passage, highlight_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.display.colors import RGB
    from camlode.pipeline.explanations.tokens import LabelExplanation

TEMPLATES = Path(__file__).parent / "templates"

_BLACK_TEXT_STRENGTHS = {AMBER: 0.54, BLUE: 0.72}
"""The strengths from which on black is easier to read on a color than the light letters of a dark page."""


class ExplainedText(Protocol):
    """The part of an `Explanation` that is rendered; Explanation itself imports this module."""

    @property
    def text(self) -> str: ...  # noqa: D102

    @property
    def labels(self) -> Sequence[LabelExplanation]: ...  # noqa: D102

    @property
    def unit(self) -> str: ...  # noqa: D102

    @property
    def method(self) -> str: ...  # noqa: D102


def render_explanation_html(explanation: ExplainedText) -> str:
    """Render the text once for each label, its tokens colored by importance, with the fragments below and a legend.

    Labels stand side by side where there is room. Of a long text the passage that matters most comes first. Strong
    tokens have much color and weak ones little, on a light page as on a dark one. The importance of a token shows under
    the pointer. Texts and names are sanitized and escaped.
    """
    return _render("notebook.html", [explanation])


def render_explanations_page(explanations: Sequence[ExplainedText], title: str = "Explanations") -> str:
    """Render a page of texts one below the other under one legend; each text can be copied as it is."""
    return _render("explanations.html", explanations, title=title)


def _render(template: str, explanations: Sequence[ExplainedText], **values: object) -> str:
    return render_template(
        TEMPLATES,
        template,
        explanations=explanations,
        kinds=dict.fromkeys((each.unit, each.method) for each in explanations),
        spans=highlight_spans,
        passage=find_passage,
        background=_background_style,
        **values,
    )


def _background_style(strength: float) -> str:
    """The CSS of a token's background; `strength` is from -1 (against the label) to 1."""
    color: RGB = AMBER if strength > 0 else BLUE
    letters = ";color:#000" if abs(strength) >= _BLACK_TEXT_STRENGTHS[color] else ""
    return f"background:rgba({','.join(map(str, color))},{abs(strength):.2g}){letters}"
