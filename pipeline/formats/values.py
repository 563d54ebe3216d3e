"""Single values of a record: what makes a text unfit, and how ids and labels become strings."""

from __future__ import annotations

import json
import math
from enum import StrEnum

EXTRACT_CHARACTERS = 200


class Reason(StrEnum):
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


def text_problem(text: object) -> Reason | None:
    """Why this is no text to explain, or None where it is one."""
    if text is None:
        return Reason.NULL_TEXT
    if not isinstance(text, str):
        return Reason.TEXT_IS_NOT_A_STRING
    if not text:
        return Reason.EMPTY_TEXT
    return Reason.BLANK_TEXT if text.isspace() else None


def name_of(value: object) -> str:
    """An id or label as a string: numbers in their shortest form, "" for nothing (null, not a number)."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return json.dumps(value, ensure_ascii=False, default=str)


def labels_of(value: object, separator: str | None) -> list[str] | None:
    """Gold labels: each item of a list, or a string's parts between separators; None where there are none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str) and separator is not None:
        parts = [part.strip() for part in value.split(separator)]
    elif isinstance(value, list):
        parts = [name_of(item) for item in value]
    else:
        parts = [name_of(value)]
    return [part for part in parts if part]


def extract_of(raw: bytes) -> str:
    """The first 200 characters of what stood there, bytes that are not UTF-8 as escapes."""
    longest = 4 * EXTRACT_CHARACTERS
    return raw[:longest].decode("utf-8", "backslashreplace")[:EXTRACT_CHARACTERS]
