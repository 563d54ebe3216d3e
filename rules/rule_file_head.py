"""What a rule file must hold beside its rules; a mistake is told with its field."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from config.errors import RulesError
from config.names import did_you_mean
from rules.rule_file_checks import DuplicateKeyObject, is_number

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""The version of the file's form; one of a later version is refused."""

HEADER_FIELDS: dict[str, Any] = {
    "task": str,
    "labels": list,
    "biases": dict,
    "thresholds": dict,
    "fallback": (str, type(None)),
    "fold": bool,
    "boundaries": bool,
    "provenance": dict,
}
"""The fields of a rule set but for its rules, and what JSON has them be."""

_REQUIRED_FIELDS = ("task", "labels", "biases", "rules")
_EXPECTED_VALUES = {
    "task": '"multiclass" or "multilabel"',
    "labels": "a list of names",
    "biases": "a number for each label",
    "thresholds": "a number for each label",
    "fallback": "a label or null",
    "fold": "true or false",
    "boundaries": "true or false",
    "provenance": "an object",
}


def check_header(content: Any, name: str) -> None:
    """Checks all but the rules of a file called `name`.

    Raises:
        RulesError: it is no rule file or one of a later version, or lacks a field, or has an unknown one, one twice, or
            a wrong value in one.
    """
    if not isinstance(content, dict) or "camlode_rules" not in content:
        raise RulesError(f'{name} is not a rule file: expected an object with "camlode_rules": {VERSION}')
    _check_version(content["camlode_rules"], name)
    known = ("camlode_rules", *HEADER_FIELDS, "rules")
    for key in content.keys() - set(known):
        raise RulesError(f"{name}: there is no field {key!r}: {did_you_mean(key, known)}")
    if isinstance(content, DuplicateKeyObject):
        raise RulesError(f"{name}: the field {content.key!r} is there twice: leave one out")
    for key in _REQUIRED_FIELDS:
        if key not in content:
            raise RulesError(f"{name}: the field {key!r} is missing")
    for key, kind in HEADER_FIELDS.items():
        _check_type(content, key, kind, name)
    _check_labels(content, name)
    _check_values(content, name)


def _check_version(version: Any, name: str) -> None:
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise RulesError(
            f"{name}: camlode_rules is {_shorten(version)}: expected the version of the file's form, {VERSION}"
        )
    if version > VERSION:
        raise RulesError(
            f"{name} is a rule file of version {version}, and this camlode reads version {VERSION}: "
            "install a later camlode"
        )


def _check_type(content: Mapping[str, Any], key: str, kind: Any, name: str) -> None:
    value = content.get(key)
    if key in content and not isinstance(value, kind):
        raise RulesError(f"{name}: {key} is {_shorten(value)}: expected {_EXPECTED_VALUES[key]}")
    if isinstance(value, DuplicateKeyObject):
        raise RulesError(f"{name}: the field {value.key!r} is there twice in {key}: leave one out")


def _check_labels(content: Mapping[str, Any], name: str) -> None:
    labels = content["labels"]
    if content["task"] not in ("multiclass", "multilabel"):
        raise RulesError(f"{name}: task is {_shorten(content['task'])}: expected {_EXPECTED_VALUES['task']}")
    if not labels or not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
        raise RulesError(f"{name}: labels are {_shorten(labels)}: expected a list of different names")
    if content.get("fallback") is not None and content["fallback"] not in labels:
        raise RulesError(f"{name}: fallback is {content['fallback']!r}: {did_you_mean(content['fallback'], labels)}")
    for key in ("biases", "thresholds"):
        for label in content.get(key, {}):
            if label not in labels:
                raise RulesError(f"{name}: {key} has a label {label!r}: {did_you_mean(label, labels)}")


def _check_values(content: Mapping[str, Any], name: str) -> None:
    for label, value in content["biases"].items():
        if not is_number(value):
            raise RulesError(f"{name}: biases of {label!r} is {_shorten(value)}: expected a number")
    for label, value in content.get("thresholds", {}).items():
        if not is_number(value) or not 0 <= value <= 1:
            raise RulesError(
                f"{name}: thresholds of {label!r} is {_shorten(value)}: expected a probability, a number from 0 to 1"
            )
    for key, value in content.get("provenance", {}).items():
        if not isinstance(value, str | int | None):
            raise RulesError(
                f"{name}: provenance of {key!r} is {_shorten(value)}: expected text, a whole number or null"
            )


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
