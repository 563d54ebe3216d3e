from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.delimited import split_quoted_records
from camlode.pipeline.readers.lines import iterate_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conftest import ReadFile


NAMED: dict[str, Any] = {"id": "key", "label": "tags", "label_separator": "|"}


@pytest.mark.parametrize("shard_documents", [1, 2, 100])
@pytest.mark.parametrize("compressed", [False, True])
def test_the_location_of_a_row_is_its_first_line(read_file: ReadFile, shard_documents: int, compressed: bool) -> None:
    content = '\ufeffkey,text,tags\r\n1,"two\nlines, ""so""",a|b\r\n\r\n,c\0,\r\n3,"d"\n'.encode()
    name = "a.csv.gz" if compressed else "a.csv"
    outcome = read_file(name, gzip.compress(content) if compressed else content, shard_documents, **NAMED)
    path = f"memory://{name}"
    assert outcome.documents == [
        {"id": "1", "text": 'two\nlines, "so"', "labels": ["a", "b"], "place": f"{path}:2"},
        {"id": f"{path}:5", "text": "c\0", "labels": [], "place": f"{path}:5"},
    ]
    assert outcome.rejects == [
        {"id": None, "place": f"{path}:6", "reason": "broken_csv", "extract": '3,"d"'},
    ]


@pytest.mark.parametrize(
    ("row", "reason", "extract"),
    [
        (b"1,a,b,c", "broken_csv", "1,a,b,c"),
        (b'1,"a"b,c', "broken_csv", '1,"a"b,c'),
        (b"1,a\rb,c", "broken_csv", "1,a\rb,c"),
        (b"1,,c", "empty_text", "1,,c"),
        (b"1, ,c", "blank_text", "1, ,c"),
        (b"1,\xff,c", "invalid_utf8", "1,\\xff,c"),
    ],
)
def test_a_bad_row_in_the_middle_is_a_reject(read_file: ReadFile, row: bytes, reason: str, extract: str) -> None:
    content = b"key,text,tags\n0,before,\n" + row + b"\n2,after,\n"
    outcome = read_file("bad.csv", content, **NAMED)
    assert outcome.texts == ["before", "after"]
    name = "1" if reason.endswith("text") else None
    assert outcome.rejects == [{"id": name, "place": "memory://bad.csv:3", "reason": reason, "extract": extract}]


def test_tabs_separate_the_fields_of_a_tsv_file(read_file: ReadFile) -> None:
    content = b'text\tkey\na,b\t1\n"c\td"\t2\n'
    outcome = read_file("a.tsv", content, id="key")
    assert [(document["text"], document["id"]) for document in outcome.documents] == [
        ("a,b", "1"),
        ("c\td", "2"),
    ]


def test_a_field_may_hold_megabytes(read_file: ReadFile) -> None:
    long = "长" * 3_500_000
    assert read_file("long.csv", f"text\n{long}\nb\n".encode(), 1).texts == [long, "b"]


def test_an_open_quote_is_one_reject(read_file: ReadFile) -> None:
    outcome = read_file("open.csv", b'text\na\n"b\nc\n', 1)
    assert outcome.texts == ["a"]
    assert outcome.rejects == [{"id": None, "place": "memory://open.csv:3", "reason": "broken_csv", "extract": '"b\nc'}]


def test_a_missing_column_is_an_error(read_file: ReadFile) -> None:
    with pytest.raises(CorpusError, match=r"a\.csv has no column 'text' .* are: title, body"):
        read_file("a.csv", b"title,body\na,b\n")


def test_a_malformed_header_is_an_error(read_file: ReadFile) -> None:
    with pytest.raises(CorpusError, match=r"""a\.csv has a malformed header row: .*got '"te"xt'"""):
        read_file("a.csv", b'"te"xt\na\n')


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"text\n", b"text"])
def test_a_file_without_rows_has_no_range(read_file: ReadFile, content: bytes) -> None:
    assert read_file("none.csv", content).ranges == []
    assert read_file("none.csv.gz", gzip.compress(content)).ranges == []


FIELDS = st.text('ab,"\n |é', max_size=6)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(FIELDS, FIELDS), max_size=6), st.integers(1, 4), st.booleans())
def test_rows_written_by_the_csv_module_are_read_back(
    read_file: ReadFile, rows: list[tuple[str, str]], shard_documents: int, compressed: bool
) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([("text", "key"), *rows])
    content, name = written.getvalue().encode(), "back.csv"
    if compressed:
        content, name = gzip.compress(content), "back.csv.gz"
    outcome = read_file(name, content, shard_documents, id="key")
    texts = [text for text, _ in rows if text.strip()]
    assert outcome.texts == texts
    assert len(outcome.documents) + len(outcome.rejects) == len(rows)
    assert [document["id"] for document in outcome.documents] == [
        key or document["place"]
        for (_, key), document in zip([row for row in rows if row[0].strip()], outcome.documents, strict=True)
    ]


@settings(max_examples=80, deadline=None)
@given(st.text('a,"\n\r', max_size=30), st.integers(1, 4), st.booleans())
def test_any_shard_size_reads_the_same(read_file: ReadFile, body: str, shard_documents: int, compressed: bool) -> None:
    content = b"text,key\n" + body.encode()
    name = "any.csv.gz" if compressed else "any.csv"
    content = gzip.compress(content) if compressed else content
    whole = read_file(name, content, 10**6, id="key")
    parts = read_file(name, content, shard_documents, id="key")
    assert (parts.documents, parts.rejects) == (whole.documents, whole.rejects)


CONTENT = st.text('a,"\n', max_size=30).map(str.encode)


def _records(content: bytes, limit: int = 1000) -> Sequence[bytes]:
    return list(split_quoted_records([content] if content else [], ",", limit))


@pytest.mark.parametrize(
    ("content", "records"),
    [
        (b"a,b\nc,d\n", [b"a,b\n", b"c,d\n"]),
        (b"a,b\nc,d", [b"a,b\n", b"c,d"]),
        (b'a,"b\nc"\r\nd,e\n', [b'a,"b\nc"\r\n', b"d,e\n"]),
        (b'"a\n""\n",b\nc\n', [b'"a\n""\n",b\n', b"c\n"]),
        (b'5" pipe,a\n7" pipe,b\n', [b'5" pipe,a\n', b'7" pipe,b\n']),
        (b'"",a\n', [b'"",a\n']),
        (b'a\n,,"\n,b",c\n', [b"a\n", b',,"\n,b",c\n']),  # Python 3.11.2 split it where groups were possessive
        (b"\n\n", [b"\n", b"\n"]),
        (b'a\n"never closed\nb\n', [b"a\n", b'"never closed\nb\n']),
    ],
)
def test_records_end_at_newlines_outside_quotes(content: bytes, records: list[bytes]) -> None:
    assert _records(content) == records


@settings(max_examples=150, deadline=None)
@given(CONTENT)
def test_records_are_those_of_the_csv_module(content: bytes) -> None:
    whole = list(csv.reader(io.StringIO(content.decode(), newline="")))
    parted = [row for record in _records(content) for row in csv.reader([record.decode()])]
    assert parted == whole


@settings(max_examples=80, deadline=None)
@given(CONTENT, st.sampled_from([1, 4, 1000]))
def test_records_do_not_depend_on_blocks(content: bytes, limit: int) -> None:
    by_line = list(split_quoted_records(iterate_lines([content]), ",", limit))
    assert by_line == _records(content, limit)
    assert b"".join(by_line) == content


def test_an_open_quote_costs_at_most_the_limit() -> None:
    content = b'"open\n' + b"a,b\n" * 5
    assert _records(content, limit=8) == [b'"open\na,b\n', *[b"a,b\n"] * 4]


def test_a_tab_can_be_the_delimiter() -> None:
    assert list(split_quoted_records([b'a,"\tb\n"c\n"\td\n'], "\t")) == [b'a,"\tb\n', b'"c\n"\td\n']
