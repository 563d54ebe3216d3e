"""Single values of a record: what makes a text unfit, and how ids and labels become strings."""

from __future__ import annotations

import json
import math
from enum import StrEnum

EXTRACT_CHARACTERS = 200


class RejectReason(StrEnum):
    """Why a record is a reject."""

    NULL_TEXT = "null_text"
    EMPTY_TEXT = "empty_text"
    BLANK_TEXT = "blank_text"
    TEXT_IS_NOT_A_STRING = "text_is_not_a_string"
    MISSING_TEXT = "missing_text"
    INVALID_UTF8 = "invalid_utf8"
    LONE_SURROGATE = "lone_surrogate"
    BROKEN_JSON = "broken_json"
    NOT_AN_OBJECT = "not_an_object"
    BROKEN_CSV = "broken_csv"


def find_text_problem(text: object) -> RejectReason | None:
    """Why this is no text to explain, or None where it is one."""
    if text is None:
        return RejectReason.NULL_TEXT
    if not isinstance(text, str):
        return RejectReason.TEXT_IS_NOT_A_STRING
    if not text:
        return RejectReason.EMPTY_TEXT
    return RejectReason.BLANK_TEXT if text.isspace() else None


def to_string(value: object) -> str:
    """An id or label as a string: numbers in their shortest form, "" for nothing (null, not a number)."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return json.dumps(value, ensure_ascii=False, default=str)


def parse_labels(value: object, separator: str | None) -> list[str] | None:
    """Gold labels: each item of a list, or a string's parts between separators; None where there are none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str) and separator is not None:
        parts = [part.strip() for part in value.split(separator)]
    elif isinstance(value, list):
        parts = [to_string(item) for item in value]
    else:
        parts = [to_string(value)]
    return [part for part in parts if part]


def make_extract(raw: bytes) -> str:
    """The first 200 characters of what stood there, bytes that are not UTF-8 as escapes."""
    longest = 4 * EXTRACT_CHARACTERS
    return raw[:longest].decode("utf-8", "backslashreplace")[:EXTRACT_CHARACTERS]
