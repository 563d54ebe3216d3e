"""The passage of a long text that matters most for a label: what is shown first."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.explanation import LabelExplanation, TokenImportance

LONG_TEXT = 500
"""Characters from which on a text has a passage that is shown first."""

PASSAGE_LENGTH = 240
"""The most characters of such a passage, unless one token is longer."""


class Passage(NamedTuple):
    """The characters [start, end) of a text."""

    start: int
    end: int


def find_passage(text: str, label: LabelExplanation) -> Passage | None:
    """The passage of at most LENGTH characters with the most importance for the label (or, where nothing speaks for it,
    of either sign), the first of several; with as much around it as fits, cut between tokens.

    None for a text that isn't long, or of which nothing is important.
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
    """The first and last of the tokens that together matter most; those that don't matter are left off the ends."""
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
    """The passage with as many characters before as behind it, as far as there are any, up to whole tokens."""
    room = max(PASSAGE_LENGTH - (core.end - core.start), 0)
    start = max(min(core.start - room // 2, length - PASSAGE_LENGTH), 0)
    end = min(max(start + PASSAGE_LENGTH, core.end), length)
    starts = [token.start for token in tokens if start <= token.start <= core.start]
    ends = [token.end for token in tokens if core.end <= token.end <= end]
    return Passage(0 if start == 0 else starts[0], length if end == length else max(ends))
