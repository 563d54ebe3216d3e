"""An explanation as HTML that stands alone: what a notebook shows, on a dark page as on a light one."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from pipeline.views.colours import AMBER, BLUE, RGB, token_colours

if TYPE_CHECKING:
    from pipeline.explanation import Explanation, LabelExplanation

# HTML may not hold these, and UTF-8 not the surrogates: controls are shown by their pictures, the others as unreadable.
_VISIBLE = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"},
    0x7F: 0x2421,
    **dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000)], 0xFFFD),
}


def explanation_html(explanation: Explanation) -> str:
    """The text once for each label, its tokens coloured by importance and the fragments below, and a legend.

    Everything that comes from the text or the model is escaped; a token's importance shows under the pointer.
    """
    unit = _escaped(explanation.unit)
    parts = [_label_html(explanation.text, label, unit) for label in explanation.labels]
    if not parts:
        parts = [f"<div>The model gives this text no label.</div>{_text_html(_escaped(explanation.text))}"]
    legend = (
        f"{_marked('for the label', AMBER)} {_marked('against it', BLUE)} "
        f"importances in {unit}, by {_escaped(explanation.method)}"
    )
    # By these classes a notebook knows not to set what stands between dollar signs as a formula.
    opening = '<div class="tex2jax_ignore mathjax_ignore" style="line-height:1.7">'
    return f'{opening}{"".join(parts)}<div style="opacity:.7">{legend}</div></div>'


def _label_html(text: str, label: LabelExplanation, unit: str) -> str:
    found = ", ".join(f"{_escaped(fragment.text)} {fragment.importance:.3f}" for fragment in label.fragments)
    return (
        f"<div><b>{_escaped(label.label)}</b> {label.score:.3f}</div>"
        f"{_text_html(_coloured(text, label, unit))}"
        f'<div style="opacity:.7;margin-bottom:.7em">fragments: {found or "none"}</div>'
    )


def _text_html(content: str) -> str:
    return f'<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{content}</div>'


def _coloured(text: str, label: LabelExplanation, unit: str) -> str:
    parts, place = [], 0
    tokens = zip(label.tokens, token_colours(label), strict=True)
    for token, colour in sorted(tokens, key=lambda each: each[0].start):
        # Tokens may overlap: each character is shown once, as the first token's that has it.
        start, end = max(token.start, place), max(token.end, place)
        parts.append(_escaped(text[place:start]))
        shown, title = _escaped(text[start:end]), f"{token.importance:+.3f} {unit}"
        parts.append(_marked(shown, colour, title) if colour and shown else shown)
        place = end
    return "".join([*parts, _escaped(text[place:])])


def _marked(content: str, colour: RGB, title: str = "") -> str:
    red, green, blue = colour
    tip = f' title="{title}"' if title else ""
    return f'<span style="background:rgb({red},{green},{blue});color:#000"{tip}>{content}</span>'


def _escaped(text: str) -> str:
    return escape(text.translate(_VISIBLE))
