"""An explanation as HTML that stands alone: what a notebook shows, on a dark page as on a light one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.display.colors import AMBER, BLUE
from camlode.pipeline.display.sanitize import escape_html
from camlode.pipeline.explanations.highlight import find_passage, highlight_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.display.colors import RGB
    from camlode.pipeline.explanations.explanation import Explanation
    from camlode.pipeline.explanations.highlight import HighlightSpan
    from camlode.pipeline.explanations.tokens import LabelExplanation

_GRID_STYLE = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:0 2.5rem"
_MUTED_STYLE = "opacity:.75"
_CHIP_STYLE = "padding:.1em .5em;border-radius:3px"

_BLACK_TEXT_STRENGTHS = {AMBER: 0.54, BLUE: 0.72}
"""The strengths from which on black is easier to read on a colour than the light letters of a dark page."""


def render_explanation_html(explanation: Explanation) -> str:
    """The text once for each label, side by side where there is room, its tokens coloured by importance and the
    fragments below, and a legend. Of a long text the passage that matters most comes first.

    What is strong has much colour and what is weak little, on a page of whatever ground.

    Everything that comes from the text or the model is escaped; a token's importance shows under the pointer.
    """
    # By these classes a notebook knows not to set what stands between dollar signs as a formula.
    opening = '<div class="tex2jax_ignore mathjax_ignore" style="line-height:1.7">'
    return f"{opening}{render_labels_html(explanation)}{render_legend_html([explanation])}</div>"


def render_labels_html(explanation: Explanation) -> str:
    """The same without the legend."""
    unit = escape_html(explanation.unit)
    parts = [_render_label(explanation.text, label, unit) for label in explanation.labels]
    if not parts:
        return f"<div>The model gives this text no label.</div>{_render_text_block(escape_html(explanation.text))}"
    return f'<div style="{_GRID_STYLE}">{"".join(parts)}</div>'


def render_legend_html(explanations: Sequence[Explanation]) -> str:
    """What the colours mean, and what the importances of these explanations are."""
    kinds = dict.fromkeys(
        f"importances in {escape_html(each.unit)}, by {escape_html(each.method)}" for each in explanations
    )
    chips = ((AMBER, "for the label"), (BLUE, "against it"))
    marks = " ".join(
        f'<span style="{_background_style(colour, 1.0)};{_CHIP_STYLE}">{told}</span>' for colour, told in chips
    )
    return f'<div style="font-size:.9em">{marks} <span style="{_MUTED_STYLE}">{"; ".join(kinds)}</span></div>'


def _render_label(text: str, label: LabelExplanation, unit: str) -> str:
    found = ", ".join(f"{escape_html(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    return (
        f'<div style="margin-bottom:.8em"><div><b>{escape_html(label.label)}</b> {label.score:.3f}</div>'
        f"{_render_passage_and_text(text, label, unit)}"
        f'<div style="{_MUTED_STYLE};font-size:.9em">fragments: {found or "none"}</div></div>'
    )


def _render_passage_and_text(text: str, label: LabelExplanation, unit: str) -> str:
    """The text; of a long one the passage that matters most, and the whole text to be unfolded."""
    whole = _render_text_block(_render_spans(text, label, unit))
    if (found := find_passage(text, label)) is None:
        return whole
    where = f"characters {found.start + 1:,} to {found.end:,} of {len(text):,}"
    first = _render_text_block(_render_spans(text, label, unit, *found))
    return (
        f'<div style="{_MUTED_STYLE};font-size:.9em">{where}</div>{first}'
        f'<details><summary style="{_MUTED_STYLE};font-size:.9em">all of it</summary>{whole}</details>'
    )


def _render_text_block(content: str) -> str:
    return f'<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{content}</div>'


def _render_spans(text: str, label: LabelExplanation, unit: str, start: int = 0, end: int | None = None) -> str:
    return "".join(_render_span(piece, unit) for piece in highlight_spans(text, label, start, end))


def _render_span(piece: HighlightSpan, unit: str) -> str:
    if not piece.colour:
        return escape_html(piece.text)
    background = _background_style(AMBER if piece.strength > 0 else BLUE, abs(piece.strength))
    return f'<span style="{background}" title="{piece.importance:+.3f} {unit}">{escape_html(piece.text)}</span>'


def _background_style(colour: RGB, strength: float) -> str:
    letters = ";color:#000" if strength >= _BLACK_TEXT_STRENGTHS[colour] else ""
    return f"background:rgba({','.join(map(str, colour))},{strength:.2g}){letters}"
