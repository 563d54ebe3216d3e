"""Parquet with all that is known of a pattern, in typed columns."""

from __future__ import annotations

from itertools import islice
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from rules.exports.sources import ExportedPatterns

ROW_GROUP = 20_000
"""Patterns that are held at once."""

_TEXTS = ("id", "label", "fragment", "review")
_WHOLE = (
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
    """Writes all patterns. A store's counts are int64, its other numbers and all statistics of rules float64."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(patterns.columns, whole=() if patterns.store is None else _WHOLE)
    rows = (pattern.row().values() for pattern in patterns)
    with pq.ParquetWriter(file, schema) as writer:
        while some := list(islice(rows, ROW_GROUP)):
            columns = map(_column, zip(*some, strict=True), schema)
            writer.write_table(pa.table(list(columns), schema=schema))


def _schema(columns: tuple[str, ...], whole: tuple[str, ...]) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        **dict.fromkeys(_TEXTS, pa.string()),
        **dict.fromkeys(whole, pa.int64()),
        "maximal": pa.bool_() if whole else pa.float64(),
        "weights": pa.map_(pa.string(), pa.float64()),
    }
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in columns])


def _column(values: Sequence[Any], field: pa.Field) -> pa.Array:
    import pyarrow as pa

    if field.type == pa.float64():
        values = [None if value is None else float(value) for value in values]
    elif field.name == "weights":
        values = [[(label, float(weight)) for label, weight in value.items()] for value in values]
    return pa.array(values, field.type)
