from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from camlode.rules.exports import parquet

if TYPE_CHECKING:
    import pytest

HOSTILE = ["=1+2", "@sum", "-1", 'a "b", c', "line\nfeed", "\r", "\u2028", "\x1b[31m", "图"]


def test_parquet_has_typed_columns_and_row_groups(make_patterns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROW_GROUP_SIZE", 4)
    file = io.BytesIO()
    parquet.write(make_patterns({"a": HOSTILE}), file)
    found = pq.ParquetFile(file)
    assert found.num_row_groups == 3
    assert found.schema_arrow.field("weights").type == pa.map_(pa.string(), pa.float64())
    assert found.schema_arrow.field("documents").type == pa.float64()
    rows = found.read().to_pylist()
    assert [row["fragment"] for row in rows] == HOSTILE
    assert rows[0] == {"id": "1/a/1", "label": "a", "fragment": "=1+2", "weights": [("a", 2.0)], "documents": 7.0}
