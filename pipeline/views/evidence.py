"""The evidence in a text on a terminal: as background colour, or as signs where there is no colour."""

from __future__ import annotations

from itertools import groupby
from math import ceil
from typing import TYPE_CHECKING

from rich.text import Text

from pipeline.views.pieces import pieces
from pipeline.views.visible import visible

if TYPE_CHECKING:
    from pipeline.explanation import LabelExplanation
    from pipeline.views.colours import RGB
    from pipeline.views.pieces import Piece

_STEPS = 3


def coloured(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """The characters [start, end) of the text with each token's importance as background: amber speaks for the label,
    blue against it.

    The strongest token has the full colour, the others are relative to it.
    """
    painted = Text()
    for piece in pieces(text, label, start, end):
        painted.append(tame(piece.text), style=on(piece.colour) if piece.colour else None)
    return painted


def marked(text: str, label: LabelExplanation, start: int = 0, end: int | None = None) -> Text:
    """The same without colour: «+++word» for the label, «-word» against it; neighbours of the same strength together.

    Three signs are more than two thirds of the strongest token, two more than one third.
    """
    shown = []
    for sign, group in groupby(pieces(text, label, start, end), key=_signs):
        words = "".join(tame(piece.text) for piece in group)
        shown.append(f"«{sign}{words}»" if sign else words)
    return Text("".join(shown))


def on(colour: RGB) -> str:
    """The style of black letters on a colour."""
    return f"black on rgb({','.join(map(str, colour))})"


def tame(text: str) -> str:
    """The text with its lines, and an escape for whatever else a terminal would obey."""
    return "\n".join(map(visible, text.split("\n")))


def _signs(piece: Piece) -> str:
    if piece.colour is None:
        return ""
    return ("+" if piece.strength > 0 else "-") * ceil(_STEPS * abs(piece.strength))
