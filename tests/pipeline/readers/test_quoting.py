from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.readers.delimited import split_quoted_records
from camlode.pipeline.readers.lines import iterate_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        (b"\n\n", [b"\n", b"\n"]),
        (b'a\n"never closed\nb\n', [b"a\n", b'"never closed\nb\n']),
    ],
)
def test_records_end_at_newlines_outside_quotes(content: bytes, records: list[bytes]) -> None:
    assert _records(content) == records


@settings(max_examples=300, deadline=None)
@given(CONTENT)
def test_records_are_those_of_the_csv_module(content: bytes) -> None:
    whole = list(csv.reader(io.StringIO(content.decode(), newline="")))
    parted = [row for record in _records(content) for row in csv.reader([record.decode()])]
    assert parted == whole


@settings(max_examples=200, deadline=None)
@given(CONTENT, st.sampled_from([1, 4, 1000]))
def test_records_do_not_depend_on_blocks(content: bytes, limit: int) -> None:
    by_line = list(split_quoted_records(iterate_lines([content]), ",", limit))
    assert by_line == _records(content, limit)
    assert b"".join(by_line) == content


def test_a_quote_that_never_closes_costs_no_more_than_the_limit() -> None:
    content = b'"open\n' + b"a,b\n" * 5
    assert _records(content, limit=8) == [b'"open\na,b\n', *[b"a,b\n"] * 4]


def test_a_tab_can_be_the_delimiter() -> None:
    assert list(split_quoted_records([b'a,"\tb\n"c\n"\td\n'], "\t")) == [b'a,"\tb\n', b'"c\n"\td\n']
