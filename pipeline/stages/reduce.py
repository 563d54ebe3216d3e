"""The reduce stage: the shards' partials → patterns, fragments merged by label and ranked by cumulative importance.

Partials are split into buckets by a hash of the fragment, one Parquet row group for each. A fragment is thus in the
same bucket of every shard, and each bucket is merged on its own: buckets bound the memory of a merge and let several
processes merge at once.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from camlode.pipeline.arrays import offsets_from_sizes, rank_in_groups
from camlode.pipeline.records import PARTIAL_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from camlode.config import Patterns

MIN_BUCKET_DOCUMENTS = 62_500
"""Documents for each bucket of a small corpus, so that several cores merge it."""

MAX_BUCKET_DOCUMENTS = 1_000_000
"""Documents for each bucket of a large corpus: bounds the memory of a merge and the row groups of a partial."""


MERGE_ROWS = 500_000
"""Rows of partials that are held before those of the same fragment are added up."""


def choose_bucket_count(documents: int) -> int:
    """Number of buckets for a corpus of about this many documents."""
    return max(
        1, -(-min(documents, MAX_BUCKET_DOCUMENTS) // MIN_BUCKET_DOCUMENTS), -(-documents // MAX_BUCKET_DOCUMENTS)
    )


def split_by_bucket(partial: pa.Table, buckets: int) -> list[pa.Table]:
    """Split a partial into buckets; a fragment falls into the same bucket in every shard and process."""
    if buckets == 1:
        return [partial]
    # Python's own hash of strings differs from process to process.
    hashes = pd.util.hash_array(partial["fragment"].to_numpy(), categorize=False) % buckets
    order = np.argsort(hashes, kind="stable")
    bounds = np.searchsorted(hashes[order], np.arange(buckets + 1))
    ordered = partial.take(pa.array(order))
    return [ordered.slice(start, stop - start) for start, stop in pairwise(bounds)]


def reduce(partials: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """Merge any number of partials as `merge` does; memory holds MERGE_ROWS rows or twice the distinct fragments."""
    # A fragment may pass `min_documents` or reach the top with the last partial only, so until then all are kept.
    keep_all = patterns.model_copy(update={"min_documents": 1, "top": sys.maxsize})
    tables, rows, max_rows = [PARTIAL_SCHEMA.empty_table()], 0, MERGE_ROWS
    for partial in partials:
        tables.append(partial)
        rows += partial.num_rows
        if rows > max_rows:
            tables = [merge(tables, keep_all)]
            rows = tables[0].num_rows
            # Twice what is left: else a bucket with more distinct fragments than MERGE_ROWS merged at every partial.
            max_rows = max(MERGE_ROWS, 2 * rows)
    return merge(tables, patterns)


def select_best(buckets: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """The best patterns of several merged buckets, which have no fragment in common."""
    best = PARTIAL_SCHEMA.empty_table()
    for bucket in buckets:
        best = merge([best, bucket], patterns)
    return best


def merge(partials: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """Merge tables of the schema PARTIAL into one with the best fragments of each label.

    At most `patterns.top` for each label by importance (ties by text), each important in at least
    `patterns.min_documents` documents, sorted by label and rank.
    """
    rows = pa.concat_tables(partials)
    sums = rows.group_by(["label", "fragment"]).aggregate(
        [("units", "min"), ("importance", "sum"), ("documents", "sum"), ("occurrences", "sum")]
    )
    sums = sums.rename_columns([name.removesuffix("_sum").removesuffix("_min") for name in sums.column_names])
    frequent = sums.filter(pc.greater_equal(sums["documents"], patterns.min_documents))
    best = _keep_first_rows(frequent, "label", [("importance", "descending"), ("fragment", "ascending")], patterns.top)
    return best.append_column("examples", _merge_examples(rows, best, patterns.examples)).cast(PARTIAL_SCHEMA)


def rank_rows(merged: pa.Table) -> Any:
    """Rank each row within its label, from 1; rows are sorted by label."""
    return rank_in_groups(merged["label"].to_numpy()) + 1


def _keep_first_rows(table: pa.Table, group: str, order: list[tuple[str, str]], count: int) -> pa.Table:
    """Sort by `group`, then by `order`, and keep the first `count` rows of each group."""
    ordered = table.sort_by([(group, "ascending"), *order])
    return ordered.filter(pa.array(rank_in_groups(ordered[group].to_numpy()) < count))


def _merge_examples(rows: pa.Table, best: pa.Table, count: int) -> pa.LargeListArray:
    """The most important examples of each row of `best`, at most `count`, ties by location."""
    keys = ["label", "fragment"]
    sources = _add_row_numbers(rows.select(keys), "source").join(
        _add_row_numbers(best.select(keys), "row"), keys, join_type="inner"
    )
    lists = rows["examples"].take(sources["source"]).combine_chunks()
    flat = pa.Table.from_struct_array(pc.list_flatten(lists))
    flat = flat.append_column("row", sources["row"].take(pc.list_parent_indices(lists)))
    order = [("importance", "descending"), ("place", "ascending")]
    kept = _keep_first_rows(flat, "row", order, count)
    counts = np.bincount(kept["row"].to_numpy(), minlength=best.num_rows)
    structs = kept.drop_columns("row").to_struct_array().combine_chunks()
    return pa.LargeListArray.from_arrays(pa.array(offsets_from_sizes(counts)), structs)


def _add_row_numbers(table: pa.Table, name: str) -> pa.Table:
    return table.append_column(name, pa.array(np.arange(table.num_rows)))
