"""The two colours of evidence, which colour-blind people tell apart too: amber for a label, blue against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.explanation import LabelExplanation

RGB = tuple[int, int, int]

AMBER: RGB = (255, 176, 0)
BLUE: RGB = (100, 143, 255)
_MIN_STRENGTH = 0.08


def token_colours(label: LabelExplanation) -> list[RGB | None]:
    """The background of each token, None for those too faint to show.

    The strongest token has the full colour, the others are relative to it. Made for black letters: mixed with white, so
    that they stand out on a dark ground as well as on a light one.
    """
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0)
    return [_blend_with_white(token.importance / strongest if strongest else 0.0) for token in label.tokens]


def _blend_with_white(strength: float) -> RGB | None:
    if abs(strength) < _MIN_STRENGTH:
        return None
    red, green, blue = (round(255 - (255 - channel) * abs(strength)) for channel in (AMBER if strength > 0 else BLUE))
    return red, green, blue
