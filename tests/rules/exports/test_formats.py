"""CSV, JSON Lines and Parquet: all that is known of a pattern."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from camlode.rules.exports import csv_table, parquet, texts

if TYPE_CHECKING:
    import pytest

HOSTILE = ["=1+2", "@sum", "-1", 'a "b", c', "line\nfeed", "\r", "\u2028", "\x1b[31m", "图"]
WEIGHTS = {"a": 2.0}


def test_csv_gives_all_back_as_it_is(make_patterns: Any) -> None:
    text = "".join(csv_table.lines(make_patterns({"a": HOSTILE})))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == ["id", "label", "fragment", "weights", "documents"]
    assert [row["fragment"] for row in rows] == HOSTILE
    assert [json.loads(row["weights"]) for row in rows] == [WEIGHTS] * len(HOSTILE)
    assert rows[0]["id"] == "1/a/1"
    assert pd.read_csv(io.StringIO(text))["fragment"].tolist() == HOSTILE


def test_csv_comes_a_row_at_a_time(make_patterns: Any) -> None:
    pieces = list(csv_table.lines(make_patterns({"a": ["x", "line\nfeed"], "b": ["y"]})))
    assert len(pieces) == 4
    assert pieces[2] == '1/a/2,a,"line\nfeed","{""a"": 2.0}",7\n'


def test_json_lines_are_lines_for_every_reader(make_patterns: Any) -> None:
    text = "".join(texts.json_lines(make_patterns({"a": HOSTILE})))
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["fragment"] for row in rows] == HOSTILE
    assert rows[0] == {"id": "1/a/1", "label": "a", "fragment": "=1+2", "weights": WEIGHTS, "documents": 7}


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
