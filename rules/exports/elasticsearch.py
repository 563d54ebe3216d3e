"""Stored queries for Elasticsearch's percolator, as lines for its bulk API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.config.errors import RulesError
from camlode.rules.exports.texts import to_json_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.rules.exports.sources import ExportedPatterns

FIELD = "text"
"""The field of the percolated documents to search."""

MAX_ID_BYTES = 512
"""The maximum length of an `_id` in bytes."""


def lines(patterns: ExportedPatterns) -> Iterator[str]:
    """Write an index action for each pattern, and its query with all columns of the pattern.

    Raises:
        RulesError: an id is too long for Elasticsearch.
    """
    for pattern in patterns:
        size = len(pattern.id.encode())
        if size > MAX_ID_BYTES:
            start = pattern.id[:50]
            raise RulesError(
                f"the id {start!r}… has {size} bytes, and Elasticsearch accepts at most {MAX_ID_BYTES}: shorten it"
            )
        query = {"match_phrase": {FIELD: pattern.fragment}}
        yield f"{to_json_line({'index': {'_id': pattern.id}})}\n{to_json_line({'query': query, **pattern.row()})}\n"
