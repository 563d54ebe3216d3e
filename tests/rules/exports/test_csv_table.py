from __future__ import annotations

import csv
import io
import json
from typing import Any

import pandas as pd

from camlode.rules.exports import csv_table

HOSTILE = ["=1+2", "@sum", "-1", 'a "b", c', "line\nfeed", "\r", "\u2028", "\x1b[31m", "图"]


def test_csv_gives_all_back_as_it_is(make_patterns: Any) -> None:
    text = "".join(csv_table.lines(make_patterns({"a": HOSTILE})))
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == ["id", "label", "fragment", "weights", "documents"]
    assert [row["fragment"] for row in rows] == HOSTILE
    assert [json.loads(row["weights"]) for row in rows] == [{"a": 2.0}] * len(HOSTILE)
    assert rows[0]["id"] == "1/a/1"
    assert pd.read_csv(io.StringIO(text))["fragment"].tolist() == HOSTILE


def test_csv_comes_a_row_at_a_time(make_patterns: Any) -> None:
    pieces = list(csv_table.lines(make_patterns({"a": ["x", "line\nfeed"], "b": ["y"]})))
    assert len(pieces) == 4
    assert pieces[2] == '1/a/2,a,"line\nfeed","{""a"": 2.0}",7\n'
