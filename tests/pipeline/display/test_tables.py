from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from camlode.pipeline.display import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = 'quo"te, \x1b[31m\u202e\nnext [red]\\'


def printed(rows: list[dict[str, Any]], columns: list[str], **options: Any) -> list[str]:
    console = Console(file=io.StringIO(), highlight=False, **options)
    tables.print_table(rows, columns, console)
    shown: Any = console.file
    return [line.rstrip() for line in shown.getvalue().splitlines()]


def test_numbers_stand_right_and_texts_left() -> None:
    rows = [{"name": "a", "size": 5}, {"name": "long", "size": 12345}]
    assert printed(rows, ["name", "size"]) == ["name   size", "a         5", "long  12345"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, ""),
        (0.123456, "0.1235"),
        (41372.61, "41373"),
        (7, "7"),
        (datetime(2026, 2, 3, 4, 5, 59, tzinfo=UTC), "2026-02-03 04:05"),
        ("[red]\x1b", r"[red]\x1b"),
    ],
)
def test_values_are_shown_for_a_person(value: object, shown: str) -> None:
    assert tables.format_cell(value) == shown


def test_a_text_is_folded_and_a_number_never() -> None:
    rows = [{"text": "x" * 30, "size": 1234567890}]
    assert printed(rows, ["text", "size"], width=26) == [
        "text                  size",
        "xxxxxxxxxxxxxx  1234567890",
        "xxxxxxxxxxxxxx",
        "xx",
    ]


def test_a_terminal_too_narrow_for_the_numbers_gets_longer_lines() -> None:
    rows = [{"first": 1234567890, "second": 1234567890, "third": 1234567890}]
    assert printed(rows, ["first", "second", "third"], width=10)[1] == "1234567890  1234567890  1234567890"


def test_headers_of_two_words_take_two_lines_on_a_terminal() -> None:
    options = {"force_terminal": True, "no_color": True, "color_system": None, "width": 80}
    lines = printed([{"matched_documents": 8}], ["matched_documents"], **options)
    assert lines == ["  matched", "documents", "        8"]


def test_markup_and_escapes_of_a_text_are_shown() -> None:
    assert printed([{"text": HOSTILE}], ["text"]) == ["text", r'quo"te, \x1b[31m\u202e\nnext [red]' + "\\"]


@pytest.mark.parametrize("rows", [[], [{"text": HOSTILE, "size": None}], [{"text": "a", "size": 1.5}] * 3])
def test_json_json_lines_and_csv_give_back_what_went_in(
    rows: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    tables.print_json(iter(rows))
    assert json.loads(capsys.readouterr().out) == rows
    tables.print_json_lines(iter(rows))
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    tables.print_csv(iter(rows), ["text", "size"])
    text = [{"text": row["text"], "size": "" if row["size"] is None else str(row["size"])} for row in rows]
    assert list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline=""))) == text


def test_json_is_a_row_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    tables.print_json(iter([{"a": "中"}, {"a": 1}]))
    assert capsys.readouterr().out == '[\n{"a": "中"},\n{"a": 1}\n]\n'


@pytest.mark.parametrize(
    ("text", "written"), [("a\rb", '"a\rb"'), ("a\n", '"a\n"'), ("a\r\n", '"a\r\n"'), ("a b", "a b"), ("", '""')]
)
def test_csv_quotes_what_ends_a_line_and_ends_its_own_with_a_line_feed(
    text: str, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.print_csv([{"text": text}], ["text"])
    assert capsys.readouterr().out == f"text\n{written}\n"


def test_csv_on_a_terminal_has_nothing_that_it_would_obey(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    tables.print_csv([{"text": "\x1b[31m", "size": 2}], ["text", "size"])
    assert capsys.readouterr().out == "text,size\n\\x1b[31m,2\n"


@pytest.mark.parametrize("form", ["json", "json_lines", "csv"])
def test_rows_are_printed_as_they_come(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    seen = []

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(3):
            seen.append(capsys.readouterr().out.count("row"))
            yield {"name": f"row{number}"}

    if form == "csv":
        tables.print_csv(rows(), ["name"])
    else:
        getattr(tables, f"print_{form}")(rows())
    assert seen == [0, 1, 1]


def test_columns_in_which_nothing_stands_are_left_out() -> None:
    rows = [{"a": 1, "b": None, "c": None}, {"a": 2, "b": 0, "c": None}]
    assert tables.drop_empty_columns(rows, ["a", "b", "c"], {"b", "c"}) == ["a", "b"]
