"""Texts as the lines of a file, and what cannot be one."""
# MERGED: Plain word lists: a fragment a line, a list for each label.
# MERGED: A vocabulary for scikit-learn's CountVectorizer: a JSON object from terms to the numbers of columns.
# MERGED: JSON Lines: an object a pattern, with all that is known of it.

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from camlode.pipeline.display.sanitize import sanitize_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns


def to_json_line(value: object) -> str:
    """A value as JSON in one line, also for programs that take U+2028 for the end of one."""
    return sanitize_json(json.dumps(value, ensure_ascii=False))


def is_one_line(text: str) -> bool:
    """Whether no program would take a text for several lines."""
    return len(text.splitlines()) == 1 and text.splitlines()[0] == text


LINE_BREAK = "a line break"


def word_lines(patterns: ExportedPatterns) -> Iterator[str]:
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


def vocabulary_lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Each fragment once, a line each, in lower case, as the vectorizer reads texts.

    Of a rule set for which case counts they stay as they are.
    """
    terms: set[str] = set()
    for pattern in patterns:
        term = pattern.fragment.lower() if patterns.fold else pattern.fragment
        if term not in terms:
            yield f"{',' if terms else '{'}\n{to_json_line(term)}: {len(terms)}"
            terms.add(term)
    yield "\n}\n"


def json_lines(patterns: ExportedPatterns) -> Iterator[str]:
    """All patterns, none of which is left out."""
    for pattern in patterns:
        yield f"{to_json_line(pattern.row())}\n"
