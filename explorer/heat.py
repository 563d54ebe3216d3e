"""An explained text cut into pieces, each with the strength of what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.explanation import LabelExplanation

STEPS = 8
"""How many strengths are told apart; a stylesheet has a colour for each."""


class Piece(NamedTuple):
    """A piece of the text: `strength` from -8 (against the label) to 8 (for it), its importance; 0 and None between
    the tokens."""

    text: str
    strength: int
    importance: float | None


def pieces(text: str, label: LabelExplanation) -> Iterator[Piece]:
    """All of the text from left to right; where tokens overlap, a character is the first one's that has it.

    The strongest token has full strength, the others are relative to it.
    """
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0) or 1.0
    place = 0
    for token in sorted(label.tokens, key=lambda token: token.start):
        start, end = max(token.start, place), max(token.end, place)
        if place < start:
            yield Piece(text[place:start], 0, None)
        if start < end:
            yield Piece(text[start:end], round(STEPS * token.importance / strongest), token.importance)
        place = end
    if place < len(text):
        yield Piece(text[place:], 0, None)
