from __future__ import annotations

import pytest

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.registry import FORMAT_SUFFIXES, READERS, detect_format, find_reader


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.parquet", "parquet"),
        ("a.pq", "parquet"),
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.json.zst", "jsonl"),
        ("a.CSV", "csv"),
        ("a.tsv.GZ", "tsv"),
        ("a.tab", "tsv"),
        ("s3://bucket/a.b.txt", "text"),
        ("a.text.zst", "text"),
        ("zip://a.csv::b.zip", "csv"),
        ("a.parquet.gz", None),
        ("a.gz", None),
        ("a.xlsx", None),
        ("csv", None),
    ],
)
def test_the_suffix_indicates_the_format(path: str, name: str | None) -> None:
    assert detect_format(path) == name


def test_a_declared_format_takes_precedence_over_the_suffix() -> None:
    assert find_reader("a.csv", "jsonl") is READERS["jsonl"]


def test_the_error_on_an_unknown_suffix_lists_the_known_ones() -> None:
    with pytest.raises(CorpusError) as caught:
        find_reader("notes.docx")
    assert "notes.docx" in str(caught.value)
    assert all(ending in str(caught.value) for ending in (*FORMAT_SUFFIXES, ".gz", ".zst"))
