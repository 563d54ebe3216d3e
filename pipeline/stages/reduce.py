"""Shards' partials → patterns: fragments merged by label and ranked by cumulative importance.

Partials are written with a row group a bucket, a bucket being a hash of the fragment, so that one bucket of all
shards can be merged without the others.
"""
# MERGED: Merging more partials than memory holds: a part at a time.

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
"""Documents to a bucket of a small corpus, so that several cores merge it."""

MAX_BUCKET_DOCUMENTS = 1_000_000
"""Documents to a bucket of a large one: bounds what a merge holds, and how many pieces each partial is cut in."""


def choose_bucket_count(documents: int) -> int:
    """How many buckets a corpus of about so many documents is merged in."""
    return max(
        1, -(-min(documents, MAX_BUCKET_DOCUMENTS) // MIN_BUCKET_DOCUMENTS), -(-documents // MAX_BUCKET_DOCUMENTS)
    )


def split_by_bucket(partial: pa.Table, buckets: int) -> list[pa.Table]:
    """A partial's rows by bucket; the same fragment falls into the same bucket everywhere."""
    if buckets == 1:
        return [partial]
    hashes = pd.util.hash_array(partial["fragment"].to_numpy(), categorize=False) % buckets
    order = np.argsort(hashes, kind="stable")
    bounds = np.searchsorted(hashes[order], np.arange(buckets + 1))
    ordered = partial.take(pa.array(order))
    return [ordered.slice(start, stop - start) for start, stop in pairwise(bounds)]


def merge(partials: Iterable[pa.Table], patterns: Patterns) -> pa.Table:
    """The best fragments of each label in tables of the schema PARTIAL, as one such table.

    At most `patterns.top` a label by importance (ties by text), each important in at least
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
    """The rank, from 1, of each row within its label; rows are sorted by label."""
    return rank_in_groups(merged["label"].to_numpy()) + 1


def _keep_first_rows(table: pa.Table, group: str, order: list[tuple[str, str]], count: int) -> pa.Table:
    """The first `count` rows of each group of consecutive rows, once the table is sorted."""
    ordered = table.sort_by([(group, "ascending"), *order])
    return ordered.filter(pa.array(rank_in_groups(ordered[group].to_numpy()) < count))


def _merge_examples(rows: pa.Table, best: pa.Table, count: int) -> pa.LargeListArray:
    """The most important examples of each row of `best`, at most `count`, ties by place."""
    keys = ["label", "fragment"]
    wanted = _add_row_numbers(rows.select(keys), "source").join(
        _add_row_numbers(best.select(keys), "row"), keys, join_type="inner"
    )
    lists = rows["examples"].take(wanted["source"]).combine_chunks()
    flat = pa.Table.from_struct_array(pc.list_flatten(lists))
    flat = flat.append_column("row", wanted["row"].take(pc.list_parent_indices(lists)))
    order = [("importance", "descending"), ("place", "ascending")]
    kept = _keep_first_rows(flat, "row", order, count)
    counts = np.bincount(kept["row"].to_numpy(), minlength=best.num_rows)
    structs = kept.drop_columns("row").to_struct_array().combine_chunks()
    return pa.LargeListArray.from_arrays(pa.array(offsets_from_sizes(counts)), structs)


def _add_row_numbers(table: pa.Table, name: str) -> pa.Table:
    return table.append_column(name, pa.array(np.arange(table.num_rows)))


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
