"""The words that all reasons are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sql import Row

LONGEST = 50


def percent(value: float) -> str:
    """A share or probability to three digits, as in `4.13 %`."""
    return f"{100 * value:.3g} %"


def quoted(fragment: str) -> str:
    """The fragment, or its beginning, in quotation marks."""
    return f"“{fragment}”" if len(fragment) <= LONGEST else f"“{fragment[:LONGEST]}…”"


def owner(label: str) -> str:
    """The label as the owner of something."""
    return f"{label}'" if label.endswith("s") else f"{label}'s"


def leaning(pattern: Row) -> str:
    """How much a label leans on a pattern, as the beginning of a sentence."""
    return f"{quoted(pattern['fragment'])} carries {percent(pattern['share'])} of {owner(pattern['label'])} importance"
