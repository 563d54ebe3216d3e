"""An explained text cut into pieces that don't overlap, each with what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.views.colours import token_colours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.explanation import LabelExplanation
    from pipeline.views.colours import RGB


class HighlightSpan(NamedTuple):
    """A piece of a text: its importance, None between tokens; `strength` is that relative to the label's strongest
    token, from -1 (against the label) to 1; `colour` its background, None where it is too faint."""

    text: str
    importance: float | None
    strength: float
    colour: RGB | None


def highlight_spans(
    text: str, label: LabelExplanation, start: int = 0, end: int | None = None
) -> Iterator[HighlightSpan]:
    """The characters [start, end) of the text from left to right.

    Where tokens overlap, each character is the first token's that has it.
    """
    place, end = start, len(text) if end is None else end
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0) or 1.0
    tokens = zip(label.tokens, token_colours(label), strict=True)
    for token, colour in sorted(tokens, key=lambda each: each[0].start):
        first, last = min(max(token.start, place), end), min(max(token.end, place), end)
        if place < first:
            yield HighlightSpan(text[place:first], None, 0.0, None)
        if first < last:
            yield HighlightSpan(text[first:last], token.importance, token.importance / strongest, colour)
        place = last
    if place < end:
        yield HighlightSpan(text[place:end], None, 0.0, None)
