"""The plain text formats: JSON Lines, word lists, and vocabularies for scikit-learn's CountVectorizer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from camlode.pipeline.display.sanitize import sanitize_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns

LINE_BREAK = "a line break"


def json_lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write an object with all columns of each pattern, one a line; none is left out."""
    for pattern in patterns:
        yield f"{to_json_line(pattern.row())}\n"


def word_lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write the fragments of a label, one a line; without a label, all lists, separated as `head` separates files.

    A fragment with a line break is left out.
    """
    last = patterns.label
    for pattern in patterns:
        # Readers disagree about which characters end a line: one that any of them may take for an end is left out.
        if pattern.fragment.splitlines() != [pattern.fragment]:
            patterns.left_out[LINE_BREAK] += 1
            continue
        if pattern.label != last:
            yield f"{'' if last is None else chr(10)}==> {' '.join(pattern.label.split())} <==\n"
            last = pattern.label
        yield f"{pattern.fragment}\n"


def vocabulary_lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write a JSON object from each distinct fragment to a column number, one fragment a line.

    Fragments are in lower case, because the vectorizer lowercases texts; in a case-sensitive rule set as they are.
    """
    terms: set[str] = set()
    for pattern in patterns:
        term = pattern.fragment.lower() if patterns.fold else pattern.fragment
        if term not in terms:
            yield f"{',' if terms else '{'}\n{to_json_line(term)}: {len(terms)}"
            terms.add(term)
    yield "\n}\n"


def to_json_line(value: object) -> str:
    """Serialise a value as JSON in one line, also for programs that take U+2028 for the end of one."""
    return sanitize_json(json.dumps(value, ensure_ascii=False))
