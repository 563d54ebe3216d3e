from __future__ import annotations

import datetime
import io
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import CorpusError
from camlode.config.sections import Corpus
from camlode.pipeline.readers.base import Range
from camlode.pipeline.readers.parquet import ParquetReader
from camlode.pipeline.records import CorpusFile, Shard

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import ReadFile


def _parquet(columns: dict[str, Any], row_group_size: int = 1000) -> bytes:
    written = io.BytesIO()
    pq.write_table(pa.table(columns), written, row_group_size=row_group_size)
    return written.getvalue()


def _invalid(values: list[bytes | None]) -> pa.Array:
    return pa.array(values, pa.binary()).cast(pa.string(), safe=False)


@pytest.mark.parametrize(
    ("rows", "group", "most", "cuts"),
    [
        (10, 10, 100, [0, 10]),
        (10, 5, 5, [0, 5, 10]),
        (12, 3, 7, [0, 6, 12]),
        (10, 10, 4, [0, 3, 6, 10]),
        (11, 6, 4, [0, 3, 6, 8, 11]),
    ],
)
def test_ranges_end_at_row_groups_where_possible(
    read_file: ReadFile, rows: int, group: int, most: int, cuts: list[int]
) -> None:
    outcome = read_file("a.parquet", _parquet({"text": [f"t{row}" for row in range(rows)]}, group), most)
    assert outcome.ranges == [Range("rows", start, stop) for start, stop in pairwise(cuts)]
    assert outcome.texts == [f"t{row}" for row in range(rows)]


def test_a_row_is_a_document_with_its_id_labels_and_place(read_file: ReadFile) -> None:
    content = _parquet({"text": ["买手机", "b"], "key": [7, None], "tags": [["数码"], None], "more": [1, 2]})
    outcome = read_file("a.parquet", content, id="key", label="tags")
    assert outcome.documents == [
        {"id": "7", "text": "买手机", "labels": ["数码"], "place": "memory://a.parquet:row 1"},
        {"id": "memory://a.parquet:row 2", "text": "b", "labels": None, "place": "memory://a.parquet:row 2"},
    ]


@pytest.mark.parametrize(
    "text",
    [
        pa.array(["a", None, "", " \u3000", "b"]),
        pa.array(["a", None, "", " \u3000", "b"], pa.large_string()),
        pa.array(["a", None, "", " \u3000", "b"], pa.string_view()),
        pa.array(["a", None, "", " \u3000", "b"]).dictionary_encode(),
        pa.array([b"a", None, b"", " \u3000".encode(), b"b"], pa.binary()),
    ],
    ids=lambda text: str(text.type),
)
@pytest.mark.parametrize("shard_documents", [1, 100])
def test_each_kind_of_text_column_is_read(read_file: ReadFile, text: pa.Array, shard_documents: int) -> None:
    content = _parquet({"text": text, "key": ["1", "2", "3", "", "5"]}, row_group_size=2)
    outcome = read_file("kinds.parquet", content, shard_documents, id="key")
    path = "memory://kinds.parquet:row"
    assert [(document["id"], document["text"]) for document in outcome.documents] == [("1", "a"), ("5", "b")]
    assert outcome.rejects == [
        {"id": "2", "place": f"{path} 2", "reason": "null_text", "extract": ""},
        {"id": "3", "place": f"{path} 3", "reason": "empty_text", "extract": ""},
        {"id": None, "place": f"{path} 4", "reason": "blank_text", "extract": " \u3000"},
    ]


def test_a_column_of_nulls_is_all_rejects(read_file: ReadFile) -> None:
    assert read_file("nulls.parquet", _parquet({"text": pa.nulls(2)})).reasons == ["null_text", "null_text"]


@pytest.mark.parametrize("encoded", [False, True])
def test_bytes_that_are_not_utf8_make_a_reject(read_file: ReadFile, encoded: bool) -> None:
    text = _invalid([b"a", b"x\xff", None, b"\xed\xa0\x80", b"b"])
    content = _parquet({"text": text.dictionary_encode() if encoded else text, "key": [1, 2, 3, 4, 5]})
    outcome = read_file("bytes.parquet", content, id="key")
    assert outcome.texts == ["a", "b"]
    assert [(reject["id"], reject["reason"], reject["extract"]) for reject in outcome.rejects] == [
        ("2", "invalid_utf8", "x\\xff"),
        ("3", "null_text", ""),
        ("4", "invalid_utf8", "\\xed\\xa0\\x80"),
    ]


@pytest.mark.parametrize(
    "columns",
    [
        {"key": _invalid([b"1", b"\xff"])},
        {"tags": _invalid([b"x", b"\xff"])},
        {"tags": pa.ListArray.from_arrays([0, 1, 3], _invalid([b"x", b"y", b"\xff"]))},
    ],
    ids=["id", "label", "labels"],
)
def test_an_id_or_label_that_is_not_utf8_makes_a_reject(read_file: ReadFile, columns: dict[str, Any]) -> None:
    named: dict[str, Any] = {"id" if name == "key" else "label": name for name in columns}
    outcome = read_file("names.parquet", _parquet({"text": ["a", "b"], **columns}), **named)
    assert outcome.texts == ["a"]
    assert [(reject["id"], reject["reason"]) for reject in outcome.rejects] == [(None, "invalid_utf8")]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (pa.array([7.0]), "7"),
        (pa.array([0.1], pa.float32()), "0.1"),
        (pa.array([float("nan")]), "memory://ids.parquet:row 1"),
        (pa.array([2**63], pa.uint64()), "9223372036854775808"),
        (pa.array([True]), "true"),
        (pa.array(["k"]).dictionary_encode(), "k"),
        (pa.array([datetime.date(2024, 5, 6)]), "2024-05-06"),
    ],
    ids=lambda value: str(getattr(value, "type", "")),
)
def test_ids_become_strings(read_file: ReadFile, key: pa.Array, name: str) -> None:
    assert read_file("ids.parquet", _parquet({"text": ["a"], "key": key}), id="key").documents[0]["id"] == name


@pytest.mark.parametrize(
    ("tags", "labels"),
    [
        (pa.array(["a|b", None, ""]), [["a", "b"], None, []]),
        (pa.array(["a|b", None, "a|b"]).dictionary_encode(), [["a", "b"], None, ["a", "b"]]),
        (pa.array([3, None, 4]), [["3"], None, ["4"]]),
        (pa.array([3.0, None, float("nan")]), [["3"], None, None]),
        (pa.array([["a|b"], None, []]), [["a|b"], None, []]),
        (pa.array([["a", None], [""], ["b"]]), [["a"], [], ["b"]]),
        (pa.array([[1, 2], None, [3]], pa.large_list(pa.int8())), [["1", "2"], None, ["3"]]),
        (pa.nulls(3), [None, None, None]),
    ],
    ids=str,
)
def test_labels_become_lists_of_strings(read_file: ReadFile, tags: pa.Array, labels: list[Any]) -> None:
    content = _parquet({"text": ["x", "y", "z"], "tags": tags})
    outcome = read_file("labels.parquet", content, label="tags", label_separator="|")
    assert [document["labels"] for document in outcome.documents] == labels


@pytest.mark.parametrize(
    ("columns", "settings", "message"),
    [
        ({"text": [1]}, {}, r"column 'text' \(corpus\.text\) must hold strings, but holds int64"),
        ({"text": [["a"]]}, {}, r"\(corpus\.text\) must hold strings, but holds list<"),
        ({"text": ["a"], "k": [["a"]]}, {"id": "k"}, r"'k' \(corpus\.id\) must hold strings or numbers, but"),
        ({"text": ["a"], "k": [{"a": 1}]}, {"label": "k"}, r"'k' \(corpus\.label\) must hold strings or"),
        ({"body": ["a"]}, {}, r"a\.parquet has no column 'text' \(corpus\.text\); its columns are: body"),
    ],
)
def test_a_column_of_an_unsupported_type_is_an_error(
    read_file: ReadFile, columns: dict[str, Any], settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(CorpusError, match=message):
        read_file("a.parquet", _parquet(columns), **settings)


def test_a_file_that_is_not_parquet_is_an_error(read_file: ReadFile) -> None:
    with pytest.raises(CorpusError, match=r"\Acannot read memory://a\.parquet: .*not a parquet file"):
        read_file("a.parquet", b"text\nabcdef\n")


def test_a_file_that_lost_rows_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(_parquet({"text": ["a", "b"]}))
    shard = Shard("0", 0, CorpusFile(str(path), 1), "rows", 1, 3)
    with pytest.raises(CorpusError, match="has become shorter since the job was planned"):
        ParquetReader().read(shard, Corpus(paths=[str(path)]))


def test_a_file_without_rows_has_no_range(read_file: ReadFile) -> None:
    assert read_file("none.parquet", _parquet({"text": pa.array([], pa.string())})).ranges == []


def test_blank_means_the_same_in_every_format() -> None:
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000]
    assert pc.utf8_is_space(pa.array(points)).to_pylist() == [point.isspace() for point in points]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.none() | st.text("a é", max_size=2).map(str.encode) | st.just(b"\xff"), min_size=1, max_size=12),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_any_shard_size_reads_the_same(
    read_file: ReadFile, texts: list[bytes | None], group: int, shard_documents: int
) -> None:
    content = _parquet({"text": _invalid(texts)}, group)
    whole = read_file("any.parquet", content, 10**6)
    parts = read_file("any.parquet", content, shard_documents)
    assert (parts.documents, parts.rejects) == (whole.documents, whole.rejects)
    assert len(whole.documents) + len(whole.rejects) == len(texts)
