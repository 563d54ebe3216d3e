"""Names in messages: the nearest to a wrong one, or a list that stays readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTED = 20


def listed(names: Sequence[str]) -> str:
    """The names with commas, and how many more there are."""
    more = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {more} more" if more > 0 else "")


def nearest(name: str, names: Sequence[str]) -> str:
    """Which of `names` was probably meant, or all of them."""
    from difflib import get_close_matches

    matches = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {matches[0]!r}?" if matches else f"the labels are {listed(names) or 'none'}"
