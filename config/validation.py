"""The problems of an invalid job, in the terms of its file."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.config.errors import closest_match
from camlode.config.job import SECTIONS, Job

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

KeyPath = tuple[int | str, ...]

_SHORT_REPR = reprlib.Repr()
_SHORT_REPR.maxstring = _SHORT_REPR.maxother = 60

_EXPECTED_BY_TYPE = {
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "float_type": "a number",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "int_type": "a whole number",
    "invalid_key": "a string as key",
    "less_than_equal": "at most {le:g}",
    "list_type": "a list",
    "literal_error": "{expected}",
    "model_type": "a mapping",
    "string_too_short": "a string that is not empty",
    "string_type": "a string",
    "string_unicode": "a string of valid Unicode",
    "too_short": "a list with at least {min_length} item",
}


class Problem(NamedTuple):
    """A problem: the key path, and the line of the message."""

    key: KeyPath
    line: str


def find_problems(error: ValidationError, values: Mapping[str, object]) -> list[Problem]:
    """Return one problem for each wrong key of the job `values`.

    For a value of a union type, pydantic reports an error for each type: these are joined into one line. If the value
    has the right type but an invalid item, only the item is reported.
    """
    errors_by_key: dict[KeyPath, list[ErrorDetails]] = {}
    for details in error.errors(include_url=False):
        errors_by_key.setdefault(_key_path(details, values), []).append(details)
    outer = {key[:depth] for key in errors_by_key for depth in range(len(key))}
    return [Problem(key, _format_line(key, details)) for key, details in errors_by_key.items() if key not in outer]


def format_value(value: object) -> str:
    """Format a value briefly, as in YAML."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    return _SHORT_REPR.repr(value)


def _format_key(key: KeyPath) -> str:
    """Format a key path as the user writes it: ("model", "layers", 0) is "model.layers[0]"."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def _key_path(details: ErrorDetails, values: Mapping[str, object]) -> KeyPath:
    """Return the key path of an error, without the names of types that pydantic inserts."""
    key: list[int | str] = []
    value: Any = values
    for part in details["loc"]:
        inside = part in value if isinstance(value, Mapping) else isinstance(part, int) and isinstance(value, list)
        if inside:
            key.append(part)
            value = value[part]
        elif details["type"] == "missing":
            key.append(part)
    return tuple(key)


def _format_line(key: KeyPath, details: list[ErrorDetails]) -> str:
    first, name = details[0], _format_key(key)
    if first["type"] == "missing":
        return f"{name} is missing: {_option_description(key)}"
    if first["type"] == "extra_forbidden":
        return f"unknown key {name}; {_suggest_key(key)}"
    if first["type"] == "value_error":
        return f"{name}: {first['ctx']['error']}"
    expected = dict.fromkeys(_describe_expected(each) for each in details)
    # YAML read the text as a number, a date or a boolean.
    hint = "; put it in quotes" if [*expected] == ["a string"] and _is_scalar(first["input"]) else ""
    return f"{name}: expected {' or '.join(expected)}, got {format_value(first['input'])}{hint}"


def _describe_expected(details: ErrorDetails) -> str:
    words = _EXPECTED_BY_TYPE.get(details["type"])
    return words.format(**details.get("ctx", {})) if words else details["msg"]


def _is_scalar(value: object) -> bool:
    return value is not None and not isinstance(value, list | dict)


def _option_description(key: KeyPath) -> str | None:
    section, *option = map(str, key)
    return (SECTIONS[section].model_fields[option[0]] if option else Job.model_fields[section]).description


def _suggest_key(key: KeyPath) -> str:
    parents, name = key[:-1], str(key[-1])
    siblings = SECTIONS[str(parents[0])].model_fields if parents else SECTIONS
    elsewhere = {option: f"{section}.{option}" for section in SECTIONS for option in SECTIONS[section].model_fields}
    if match := closest_match(name, siblings):
        return f"did you mean {_format_key((*parents, match))}?"
    if match := closest_match(name, elsewhere):
        return f"did you mean {elsewhere[match]}?"
    return f"expected one of {', '.join(siblings)}"
