"""The merged fragments, and counter-examples of them → the store's examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.records import IMPORTANCE_UNIT

if TYPE_CHECKING:
    from collections.abc import Sequence

EXAMPLES_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("fragment", pa.large_string()),
        ("position", pa.int64()),
        ("kind", pa.string()),
        ("document", pa.string()),
        ("place", pa.string()),
        ("left", pa.large_string()),
        ("hit", pa.large_string()),
        ("right", pa.large_string()),
        ("importance", pa.float64()),
    ]
)
"""Examples as `sql.RunResult` describes them."""


def build_example_table(best: pa.Table, names: Sequence[str], counter_examples: pa.Table | None) -> pa.Table:
    """The supporting examples of `best`, of the schema PARTIAL, and after them the counter-examples: schema EXAMPLES.

    `names` are the labels', `counter_examples` a table of the schema COUNTER_EXAMPLES.
    """
    lists = best["examples"].combine_chunks()
    supporting = pa.Table.from_struct_array(pc.list_flatten(lists))
    patterns = pc.list_parent_indices(lists)
    supporting = supporting.append_column("hit", best["fragment"].take(patterns))
    logits = pc.multiply(supporting["importance"], IMPORTANCE_UNIT)
    tables = [_build_kind_table(best, names, patterns, "supporting", supporting, logits)]
    if counter_examples is not None:
        no_importance = pa.nulls(counter_examples.num_rows, pa.float64())
        patterns = counter_examples["pattern"].combine_chunks()
        tables.append(_build_kind_table(best, names, patterns, "counter", counter_examples, no_importance))
    return pa.concat_tables(tables)


def _build_kind_table(
    best: pa.Table, names: Sequence[str], patterns: pa.Array, kind: str, places: pa.Table, importance: pa.Array
) -> pa.Table:
    """Examples of one kind; `patterns` are the rows of `best` that they belong to, in order."""
    numbers = patterns.to_numpy()
    columns = {
        "label": pa.array(names, pa.string()).take(best["label"].take(patterns)),
        "fragment": best["fragment"].take(patterns),
        "position": np.arange(len(numbers)) - np.searchsorted(numbers, numbers) + 1,
        "kind": pa.repeat(kind, len(numbers)),
        "importance": importance,
    }
    columns |= {name: places[name] for name in ("document", "place", "left", "hit", "right")}
    return pa.table(columns).select(EXAMPLES_SCHEMA.names).cast(EXAMPLES_SCHEMA)
