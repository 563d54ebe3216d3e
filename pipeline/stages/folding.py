"""Merging more partials than memory holds: a part at a time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pipeline.records import PARTIAL_SCHEMA
from pipeline.stages.reduce import merge

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from config import Patterns

MERGE_ROWS = 500_000
"""Rows of partials that are held before those of the same fragment are added up."""


def merge_all(partials: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """What `merge` gives for all partials; held are, at any time, FOLD_ROWS rows or twice the fragments there are."""
    keep_all = patterns.model_copy(update={"min_documents": 1, "top": sys.maxsize})
    tables, rows, max_rows = [PARTIAL_SCHEMA.empty_table()], 0, MERGE_ROWS
    for partial in partials:
        tables.append(partial)
        rows += partial.num_rows
        if rows > max_rows:
            tables = [merge(tables, keep_all)]
            rows = tables[0].num_rows
            max_rows = max(MERGE_ROWS, 2 * rows)
    return merge(tables, patterns)


def select_best(buckets: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """The best patterns of several merged buckets, no two of which have a fragment in common."""
    best = PARTIAL_SCHEMA.empty_table()
    for bucket in buckets:
        best = merge([best, bucket], patterns)
    return best
