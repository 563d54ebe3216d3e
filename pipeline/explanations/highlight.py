"""Colored spans of an explained text, and the passage of a long text that is shown first."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from camlode.pipeline.display.colors import AMBER, BLUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.pipeline.display.colors import RGB
    from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

_MIN_STRENGTH = 0.08


def token_colors(label: LabelExplanation) -> list[RGB | None]:
    """Return the background of each token; None for those too faint to show.

    The strongest token has the full color, the others are relative to it. Colors are mixed with white for black
    letters, so that these are readable on a dark page as on a light one.
    """
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0)
    return [_blend_with_white(token.importance / strongest if strongest else 0.0) for token in label.tokens]


def _blend_with_white(strength: float) -> RGB | None:
    if abs(strength) < _MIN_STRENGTH:
        return None
    red, green, blue = (round(255 - (255 - channel) * abs(strength)) for channel in (AMBER if strength > 0 else BLUE))
    return red, green, blue


class HighlightSpan(NamedTuple):
    """A part of a text: a token, or what lies between tokens.

    importance: in the explanation's unit; None between tokens.
    strength: the importance relative to the label's strongest token, from -1 (against the label) to 1.
    color: the background; None if it is too faint.
    """

    text: str
    importance: float | None
    strength: float
    color: RGB | None


def highlight_spans(
    text: str, label: LabelExplanation, start: int = 0, end: int | None = None
) -> Iterator[HighlightSpan]:
    """Yield the characters [start, end) of the text as spans, from left to right.

    Where tokens overlap, a character belongs to the first token that has it.
    """
    position, end = start, len(text) if end is None else end
    strongest = max((abs(token.importance) for token in label.tokens), default=0.0) or 1.0
    tokens = zip(label.tokens, token_colors(label), strict=True)
    for token, color in sorted(tokens, key=lambda each: each[0].start):
        first, last = min(max(token.start, position), end), min(max(token.end, position), end)
        if position < first:
            yield HighlightSpan(text[position:first], None, 0.0, None)
        if first < last:
            yield HighlightSpan(text[first:last], token.importance, token.importance / strongest, color)
        position = last
    if position < end:
        yield HighlightSpan(text[position:end], None, 0.0, None)


LONG_TEXT = 500
"""Texts with more characters have a passage that is shown first."""

PASSAGE_LENGTH = 240
"""The most characters of a passage, unless one token is longer."""


class Passage(NamedTuple):
    """The characters [start, end) of a text."""

    start: int
    end: int


def find_passage(text: str, label: LabelExplanation) -> Passage | None:
    """Find the passage of at most PASSAGE_LENGTH characters with the most importance for the label.

    If no token speaks for the label, importances against it count. Of equal passages the first is taken. The passage is
    filled up with text on both sides, and ends between tokens. None if the text is not long, or nothing is important.
    """
    tokens = sorted((token for token in label.tokens if token.start < token.end), key=lambda token: token.start)
    values = [max(token.importance, 0.0) for token in tokens]
    if not any(values):
        values = [abs(token.importance) for token in tokens]
    if len(text) <= LONG_TEXT or not any(values):
        return None
    first, last = _best_window(tokens, values)
    return _widen(tokens, Passage(tokens[first].start, tokens[last].end), len(text))


def _best_window(tokens: Sequence[TokenImportance], values: Sequence[float]) -> tuple[int, int]:
    """Return the first and last token of the best passage, without unimportant tokens at its ends.

    Two pointers: `last` only moves forward while `first` does, so that this takes linear time.
    """
    sums = [0.0, *accumulate(values)]
    best, best_sum, last = (0, 0), -1.0, 0
    for first, value in enumerate(values):
        if not value:
            continue
        last = max(last, first)
        while last + 1 < len(tokens) and tokens[last + 1].end - tokens[first].start <= PASSAGE_LENGTH:
            last += 1
        if sums[last + 1] - sums[first] > best_sum:
            best, best_sum = (first, last), sums[last + 1] - sums[first]
    first, last = best
    while not values[last]:
        last -= 1
    return first, last


def _widen(tokens: Sequence[TokenImportance], core: Passage, length: int) -> Passage:
    """Widen the passage to as many characters before as behind it, as far as there are any, in whole tokens."""
    room = max(PASSAGE_LENGTH - (core.end - core.start), 0)
    start = max(min(core.start - room // 2, length - PASSAGE_LENGTH), 0)
    end = min(max(start + PASSAGE_LENGTH, core.end), length)
    starts = [token.start for token in tokens if start <= token.start <= core.start]
    ends = [token.end for token in tokens if core.end <= token.end <= end]
    return Passage(0 if start == 0 else starts[0], length if end == length else max(ends))
