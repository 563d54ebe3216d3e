"""The evidence in a text on a terminal: as background colour, or as signs where there is no colour."""

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from rich.text import Text

from pipeline.views.pieces import highlight_spans
from pipeline.views.visible import sanitize

if TYPE_CHECKING:
    from pipeline.explanation import LabelExplanation
    from pipeline.views.colours import RGB
    from pipeline.views.pieces import HighlightSpan

_SIGN_LEVELS = 3


def highlight(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """The characters [start, end) of the text with each token's importance as background: amber speaks for the label,
    blue against it.

    The strongest token has the full colour, the others are relative to it.
    """
    highlighted = Text()
    for piece in highlight_spans(text, label, start, end):
        highlighted.append(sanitize_lines(piece.text), style=background_style(piece.colour) if piece.colour else None)
    return highlighted


def highlight_plain(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """The same without colour: «+++word» for the label, «-word» against it; neighbours of the same strength together.

    Three signs are more than two thirds of the strongest token, two more than one third.
    """
    shown = []
    for sign, group in groupby(highlight_spans(text, label, start, end), key=_strength_signs):
        words = "".join(sanitize_lines(piece.text) for piece in group)
        shown.append(f"«{sign}{words}»" if sign else words)
    return Text("".join(shown))


def background_style(colour: RGB) -> str:
    """The style of black letters on a colour."""
    return f"black on rgb({','.join(map(str, colour))})"


def sanitize_lines(text: str) -> str:
    """The text with its lines, and an escape for whatever else a terminal would obey."""
    return "\n".join(map(sanitize, text.split("\n")))


def _strength_signs(piece: HighlightSpan) -> str:
    if piece.colour is None:
        return ""
    return ("+" if piece.strength > 0 else "-") * ceil(_SIGN_LEVELS * abs(piece.strength))
