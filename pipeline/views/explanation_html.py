"""An explanation as HTML that stands alone: what a notebook shows, on a dark page as on a light one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.views.colours import AMBER, BLUE
from pipeline.views.escaping import escaped
from pipeline.views.passages import passage
from pipeline.views.pieces import pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.explanation import Explanation, LabelExplanation
    from pipeline.views.colours import RGB
    from pipeline.views.pieces import Piece

_SIDE_BY_SIDE = "display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:0 2.5rem"
_QUIET = "opacity:.75"
_CHIP = "padding:.1em .5em;border-radius:3px"

_BLACK_FROM = {AMBER: 0.54, BLUE: 0.72}
"""The strengths from which on black is easier to read on a colour than the light letters of a dark page."""


def explanation_html(explanation: Explanation) -> str:
    """The text once for each label, side by side where there is room, its tokens coloured by importance and the
    fragments below, and a legend. Of a long text the passage that matters most comes first.

    What is strong has much colour and what is weak little, on a page of whatever ground.

    Everything that comes from the text or the model is escaped; a token's importance shows under the pointer.
    """
    # By these classes a notebook knows not to set what stands between dollar signs as a formula.
    opening = '<div class="tex2jax_ignore mathjax_ignore" style="line-height:1.7">'
    return f"{opening}{labels_html(explanation)}{legend_html([explanation])}</div>"


def labels_html(explanation: Explanation) -> str:
    """The same without the legend."""
    unit = escaped(explanation.unit)
    parts = [_label_html(explanation.text, label, unit) for label in explanation.labels]
    if not parts:
        return f"<div>The model gives this text no label.</div>{_text_html(escaped(explanation.text))}"
    return f'<div style="{_SIDE_BY_SIDE}">{"".join(parts)}</div>'


def legend_html(explanations: Sequence[Explanation]) -> str:
    """What the colours mean, and what the importances of these explanations are."""
    kinds = dict.fromkeys(f"importances in {escaped(each.unit)}, by {escaped(each.method)}" for each in explanations)
    chips = ((AMBER, "for the label"), (BLUE, "against it"))
    marks = " ".join(f'<span style="{_paint(colour, 1.0)};{_CHIP}">{told}</span>' for colour, told in chips)
    return f'<div style="font-size:.9em">{marks} <span style="{_QUIET}">{"; ".join(kinds)}</span></div>'


def _label_html(text: str, label: LabelExplanation, unit: str) -> str:
    found = ", ".join(f"{escaped(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    return (
        f'<div style="margin-bottom:.8em"><div><b>{escaped(label.label)}</b> {label.score:.3f}</div>'
        f"{_texts_html(text, label, unit)}"
        f'<div style="{_QUIET};font-size:.9em">fragments: {found or "none"}</div></div>'
    )


def _texts_html(text: str, label: LabelExplanation, unit: str) -> str:
    """The text; of a long one the passage that matters most, and the whole text to be unfolded."""
    whole = _text_html(_coloured(text, label, unit))
    if (found := passage(text, label)) is None:
        return whole
    where = f"characters {found.start + 1:,} to {found.end:,} of {len(text):,}"
    first = _text_html(_coloured(text, label, unit, *found))
    return (
        f'<div style="{_QUIET};font-size:.9em">{where}</div>{first}'
        f'<details><summary style="{_QUIET};font-size:.9em">all of it</summary>{whole}</details>'
    )


def _text_html(content: str) -> str:
    return f'<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{content}</div>'


def _coloured(text: str, label: LabelExplanation, unit: str, start: int = 0, end: int | None = None) -> str:
    return "".join(_piece(piece, unit) for piece in pieces(text, label, start, end))


def _piece(piece: Piece, unit: str) -> str:
    if not piece.colour:
        return escaped(piece.text)
    paint = _paint(AMBER if piece.strength > 0 else BLUE, abs(piece.strength))
    return f'<span style="{paint}" title="{piece.importance:+.3f} {unit}">{escaped(piece.text)}</span>'


def _paint(colour: RGB, strength: float) -> str:
    letters = ";color:#000" if strength >= _BLACK_FROM[colour] else ""
    return f"background:rgba({','.join(map(str, colour))},{strength:.2g}){letters}"
