"""What the model said of a shard's documents, and the sums by label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.fragments.spans import positive_totals
from pipeline.records import PREDICTIONS, EncodedShard, Importances, LabelTotals

if TYPE_CHECKING:
    from collections.abc import Sequence


def predictions(shard: EncodedShard, importances: Importances) -> pa.Table:
    """The labels that the model gave each explained document, beside its gold labels: schema PREDICTIONS."""
    count = shard.documents.num_rows
    sizes = np.bincount(importances.documents, minlength=count)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    table = shard.documents.select(["id", "place", "labels"])
    said = pa.ListArray.from_arrays(offsets, pa.array(importances.labels, pa.int32()))
    table = table.append_column("predicted", said).select(PREDICTIONS.names).cast(PREDICTIONS)
    valid = np.setdiff1d(np.arange(count), importances.invalid)
    return table.take(pa.array(valid))


def label_totals(said: pa.Table, importances: Importances, labels: Sequence[str]) -> LabelTotals:
    """Sums by label over a table of the schema PREDICTIONS."""
    size = len(labels)
    numbers = pc.index_in(_flat(said["labels"]), value_set=pa.array(labels, pa.string()))
    gold = _keys(said["labels"], numbers, size)
    predicted = _keys(said["predicted"], _flat(said["predicted"]), size)
    importance = np.zeros(size, dtype=np.int64)
    np.add.at(importance, importances.labels, positive_totals(importances))
    return LabelTotals(
        predicted=np.bincount(predicted % size, minlength=size),
        gold=np.bincount(gold % size, minlength=size),
        agreed=np.bincount(np.intersect1d(gold, predicted) % size, minlength=size),
        importance=importance,
    )


def _flat(lists: pa.ChunkedArray) -> pa.Array:
    return pc.list_flatten(lists).combine_chunks()


def _keys(lists: pa.ChunkedArray, numbers: pa.Array, size: int) -> Any:
    """Document × labels + label of each label that a document has once or more; a gold label unknown to the model
    counts for none."""
    parents = pc.list_parent_indices(lists).combine_chunks().to_numpy()
    known = numbers.is_valid().to_numpy(zero_copy_only=False)
    values = numbers.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.unique(parents[known].astype(np.int64) * size + values[known])
