"""Parquet with all columns of each pattern, typed."""

from __future__ import annotations

from itertools import islice
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from camlode.rules.exports.sources import ExportedPatterns

ROW_GROUP_SIZE = 20_000
"""Patterns in a row group, which is in memory at once."""

_TEXT_COLUMNS = ("id", "label", "fragment", "review")
_INTEGER_COLUMNS = (
    "run",
    "rank",
    "units",
    "documents",
    "occurrences",
    "matched_documents",
    "matched_occurrences",
    "predicted_documents",
    "labelled_documents",
    "gold_documents",
)


def write(patterns: ExportedPatterns, file: IO[bytes]) -> None:
    """Write all patterns: counts of a store as int64, its other numbers and all statistics of rules as float64."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _make_schema(patterns.columns, integers=() if patterns.store is None else _INTEGER_COLUMNS)
    rows = (pattern.row().values() for pattern in patterns)
    with pq.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, ROW_GROUP_SIZE)):
            columns = map(_make_column, zip(*some, strict=True), schema)
            writer.write_table(pa.table(list(columns), schema=schema))


def _make_schema(columns: tuple[str, ...], integers: tuple[str, ...]) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        **dict.fromkeys(_TEXT_COLUMNS, pa.string()),
        **dict.fromkeys(integers, pa.int64()),
        "maximal": pa.bool_() if integers else pa.float64(),
        "weights": pa.map_(pa.string(), pa.float64()),
    }
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in columns])


def _make_column(values: Sequence[Any], field: pa.Field) -> pa.Array:
    import pyarrow as pa

    if field.type == pa.float64():
        values = [None if value is None else float(value) for value in values]
    elif field.name == "weights":
        values = [[(label, float(weight)) for label, weight in value.items()] for value in values]
    return pa.array(values, field.type)
