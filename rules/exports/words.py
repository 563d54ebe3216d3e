"""Plain word lists: a fragment a line, a list for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.exports.texts import is_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.exports.sources import ExportedPatterns

LINE_BREAK = "a line break"


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """The list of one label where one is chosen; else all lists, each below its label, as `head` shows several files.

    A fragment with a line break is left out.
    """
    last = patterns.label
    for pattern in patterns:
        if not is_one_line(pattern.fragment):
            patterns.left_out[LINE_BREAK] += 1
            continue
        if pattern.label != last:
            yield f"{'' if last is None else chr(10)}==> {' '.join(pattern.label.split())} <==\n"
            last = pattern.label
        yield f"{pattern.fragment}\n"
