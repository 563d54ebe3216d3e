"""JSON Lines: an object a pattern, with all that is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.exports.sources import ExportedPatterns


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """All patterns, none of which is left out."""
    for pattern in patterns:
        yield f"{to_json_line(pattern.row())}\n"
