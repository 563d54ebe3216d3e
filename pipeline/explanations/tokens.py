"""The importances of a text's tokens and fragments for one label."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from collections.abc import Iterable


COLUMNS = {"label": str, "score": float, "token": str, "start": int, "end": int, "importance": float}


@dataclass(frozen=True, slots=True)
class TokenImportance:
    """A token or fragment: its characters [start, end) of the text, and its importance in the explanation's unit."""

    text: str
    start: int
    end: int
    importance: float


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """The explanation of one label.

    score: the label's probability.
    tokens: all tokens that the model read, in the order of the text.
    fragments: those that a job would mine, the most important first.
    residual: what a complete method leaves unexplained, in the explanation's unit; None for other methods and for a
        part of a text.
    """

    label: str
    score: float
    tokens: tuple[TokenImportance, ...]
    fragments: tuple[TokenImportance, ...]
    residual: float | None = None

    def top(self, n: int = 10) -> tuple[TokenImportance, ...]:
        """Return the `n` tokens of largest magnitude, for or against the label, the largest first; ties as in the text.

        Raises:
            CamlodeError: `n` is negative.
        """
        if n < 0:
            raise CamlodeError(f"top takes a number of tokens, 0 or more, not {n}")
        return tuple(sorted(self.tokens, key=lambda token: -abs(token.importance))[:n])

    def _slice(self, start: int, stop: int) -> LabelExplanation:
        tokens, fragments = (_clip_tokens(items, start, stop) for items in (self.tokens, self.fragments))
        return replace(self, tokens=tokens, fragments=fragments, residual=None)


def _clip_tokens(items: Iterable[TokenImportance], start: int, stop: int) -> tuple[TokenImportance, ...]:
    inside = (token for token in items if start <= token.start and token.end <= stop)
    return tuple(replace(token, start=token.start - start, end=token.end - start) for token in inside)
