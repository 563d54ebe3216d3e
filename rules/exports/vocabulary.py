"""A vocabulary for scikit-learn's CountVectorizer: a JSON object from terms to the numbers of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.exports.sources import ExportedPatterns


def lines(patterns: ExportedPatterns) -> Iterator[str]:
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
