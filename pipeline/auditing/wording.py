"""The words that all reasons are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sql import Row

MAX_QUOTED_LENGTH = 50


def format_percent(value: float) -> str:
    """A share or probability to three digits, as in `4.13 %`."""
    return f"{100 * value:.3g} %"


def quote(fragment: str) -> str:
    """The fragment, or its beginning, in quotation marks."""
    return f"“{fragment}”" if len(fragment) <= MAX_QUOTED_LENGTH else f"“{fragment[:MAX_QUOTED_LENGTH]}…”"


def possessive(label: str) -> str:
    """The label as the owner of something."""
    return f"{label}'" if label.endswith("s") else f"{label}'s"


def describe_share(pattern: Row) -> str:
    """How much a label leans on a pattern, as the beginning of a sentence."""
    return f"{quote(pattern['fragment'])} carries {format_percent(pattern['share'])} of {possessive(pattern['label'])} importance"
