"""What the model said of a shard's documents, and the sums by label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.fragments.spans import sum_positive_importances
from pipeline.records import PREDICTIONS_SCHEMA, EncodedShard, Importances, LabelTotals

if TYPE_CHECKING:
    from collections.abc import Sequence


def build_predictions(shard: EncodedShard, importances: Importances) -> pa.Table:
    """The labels that the model gave each explained document, beside its gold labels: schema PREDICTIONS."""
    count = shard.documents.num_rows
    sizes = np.bincount(importances.documents, minlength=count)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    table = shard.documents.select(["id", "place", "labels"])
    model_predictions = pa.ListArray.from_arrays(offsets, pa.array(importances.labels, pa.int32()))
    table = (
        table.append_column("predicted", model_predictions).select(PREDICTIONS_SCHEMA.names).cast(PREDICTIONS_SCHEMA)
    )
    valid = np.setdiff1d(np.arange(count), importances.invalid)
    return table.take(pa.array(valid))


def sum_by_label(model_predictions: pa.Table, importances: Importances, labels: Sequence[str]) -> LabelTotals:
    """Sums by label over a table of the schema PREDICTIONS."""
    size = len(labels)
    numbers = pc.index_in(_flatten(model_predictions["labels"]), value_set=pa.array(labels, pa.string()))
    gold = _to_label_keys(model_predictions["labels"], numbers, size)
    predicted = _to_label_keys(model_predictions["predicted"], _flatten(model_predictions["predicted"]), size)
    importance = np.zeros(size, dtype=np.int64)
    np.add.at(importance, importances.labels, sum_positive_importances(importances))
    return LabelTotals(
        predicted=np.bincount(predicted % size, minlength=size),
        gold=np.bincount(gold % size, minlength=size),
        agreed=np.bincount(np.intersect1d(gold, predicted) % size, minlength=size),
        importance=importance,
    )


def _flatten(lists: pa.ChunkedArray) -> pa.Array:
    return pc.list_flatten(lists).combine_chunks()


def _to_label_keys(lists: pa.ChunkedArray, numbers: pa.Array, size: int) -> Any:
    """Document × labels + label of each label that a document has once or more; a gold label unknown to the model
    counts for none."""
    parents = pc.list_parent_indices(lists).combine_chunks().to_numpy()
    known = numbers.is_valid().to_numpy(zero_copy_only=False)
    values = numbers.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return np.unique(parents[known].astype(np.int64) * size + values[known])
