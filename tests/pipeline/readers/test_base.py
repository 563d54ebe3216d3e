from __future__ import annotations

from typing import Any

import pytest

from camlode.config.errors import CorpusError
from camlode.config.sections import Corpus
from camlode.pipeline.readers.base import (
    RejectReason,
    check_columns,
    find_text_problem,
    make_extract,
    parse_labels,
    to_string,
)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"text": "Content"},
            "f.csv has no column 'Content' (corpus.text); its columns are: id, content, tag; did you mean 'content'?",
        ),
        (
            {"text": "content", "id": "key"},
            "f.csv has no column 'key' (corpus.id); its columns are: id, content, tag",
        ),
        (
            {"text": "content", "label": "tags"},
            "f.csv has no column 'tags' (corpus.label); its columns are: id, content, tag; did you mean 'tag'?",
        ),
    ],
)
def test_the_error_on_a_missing_column_names_the_closest_one(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        check_columns("f.csv", ["id", "content", "tag"], Corpus(paths=["f.csv"], **settings))
    assert str(caught.value) == message


def test_a_duplicate_column_is_an_error() -> None:
    with pytest.raises(CorpusError, match=r"f\.csv has 2 columns named 'text'"):
        check_columns("f.csv", ["text", "text"], Corpus(paths=["f.csv"]))


def test_other_columns_may_be_duplicates() -> None:
    check_columns("f.csv", ["text", "note", "note"], Corpus(paths=["f.csv"]))


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("a", "a"),
        (7, "7"),
        (7.0, "7"),
        (0.1, "0.1"),
        (True, "true"),
        (None, ""),
        (float("nan"), ""),
        ({"部": [1]}, '{"部": [1]}'),
    ],
)
def test_names_are_strings(value: object, name: str) -> None:
    assert to_string(value) == name


@pytest.mark.parametrize(
    ("value", "separator", "labels"),
    [
        (None, None, None),
        (float("nan"), None, None),
        ("数码 教育", None, ["数码 教育"]),
        ("数码| 教育 ||", "|", ["数码", "教育"]),
        ("", None, []),
        ("", "|", []),
        (["a|b", None, 3, ""], "|", ["a|b", "3"]),
        (4, "|", ["4"]),
        ([], None, []),
    ],
)
def test_labels_are_lists_of_strings(value: object, separator: str | None, labels: list[str] | None) -> None:
    assert parse_labels(value, separator) == labels


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, RejectReason.NULL_TEXT),
        ("", RejectReason.EMPTY_TEXT),
        (" \t\u3000\x85", RejectReason.BLANK_TEXT),
        (3, RejectReason.TEXT_IS_NOT_A_STRING),
        (["a"], RejectReason.TEXT_IS_NOT_A_STRING),
        ("a", None),
        ("\0", None),
        ("\ufffd", None),
        ("\u200d", None),
    ],
)
def test_rejected_texts_have_a_reason(text: object, reason: RejectReason | None) -> None:
    assert find_text_problem(text) == reason


def test_an_extract_has_200_characters_of_the_record() -> None:
    assert make_extract("𠀀".encode() * 300) == "𠀀" * 200


def test_an_extract_shows_invalid_bytes_as_escapes() -> None:
    assert make_extract("é".encode() + b"\xff\x00") == "é\\xff\x00"
