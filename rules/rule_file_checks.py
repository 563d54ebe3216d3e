"""What each rule of a rule file must hold; a mistake is told with its line and field."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from config.errors import RulesError
from config.names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RULE_FIELDS = ("id", "label", "text", "weights", "statistics")


class DuplicateKeyObject(dict[str, Any]):
    """An object that has the field `key` twice: the last of them is read, which need not be the one that is meant."""

    key: str


def build_json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, by its fields in their order."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    duplicate, names = DuplicateKeyObject(found), [key for key, _ in pairs]
    duplicate.key = next(key for key in found if names.count(key) > 1)
    return duplicate


def is_number(value: Any) -> bool:
    """Whether it is a number that can be reckoned with: not NaN, and within the range of doubles."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


class _FieldError(Exception):
    """What is wrong with one field of one rule."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def check_rules(content: Mapping[str, Any], text: str, name: str) -> None:
    """Checks the rules of a file called `name` whose head is right; `text` is all of it, in which lines are counted.

    Raises:
        RulesError: a rule lacks a field, has an unknown one or a wrong value, or is there twice.
    """
    rules, labels = content["rules"], content["labels"]
    if not isinstance(rules, list) or not rules:
        raise RulesError(f"{name}: rules are {json.dumps(rules)[:60]}: expected a list of at least one rule")
    ids: dict[str, int] = {}
    texts: dict[str, int] = {}
    for number, rule in enumerate(rules):
        try:
            _check_rule(rule, labels)
            _check_unique(ids, rule["id"], number, "id", "leave one out")
            _check_unique(
                texts,
                _fold_text(rule["text"], content),
                number,
                "text",
                "leave one out and give the other both's weights",
            )
        except _FieldError as mistake:
            _raise_located(name, text, number, mistake)


def _check_rule(rule: Any, labels: list[str]) -> None:
    if not isinstance(rule, dict):
        raise _FieldError("", "a rule is an object with id, label, text and weights")
    for field in rule.keys() - set(_RULE_FIELDS):
        raise _FieldError(field, f"there is no such field: {did_you_mean(field, _RULE_FIELDS)}")
    if isinstance(rule, DuplicateKeyObject):
        raise _FieldError(rule.key, f"{rule.key!r} is there twice: leave one out")
    for field in _RULE_FIELDS[:4]:
        if field not in rule:
            raise _FieldError(field, "it is missing")
    for field in _RULE_FIELDS[:3]:
        if not isinstance(rule[field], str) or not rule[field]:
            raise _FieldError(field, f"it is {json.dumps(rule[field])[:60]}: expected text")
    if rule["label"] not in labels:
        raise _FieldError("label", f"there is no label {rule['label']!r}: {did_you_mean(rule['label'], labels)}")
    _check_numbers(rule, "weights", lambda label: _check_label(label, labels))
    _check_numbers(rule, "statistics", lambda _: None)


def _check_numbers(rule: Mapping[str, Any], field: str, check: Callable[[str], None]) -> None:
    values = rule.get(field, {})
    if not isinstance(values, dict):
        raise _FieldError(field, f"it is {json.dumps(values)[:60]}: expected an object of numbers")
    if isinstance(values, DuplicateKeyObject):
        raise _FieldError(field, f"{values.key!r} is there twice: leave one out")
    for key, value in values.items():
        check(key)
        if value is None and field == "statistics":
            continue
        if not is_number(value):
            raise _FieldError(field, f"{key!r} is {json.dumps(value)[:60]}: expected a number")


def _check_label(label: str, labels: list[str]) -> None:
    if label not in labels:
        raise _FieldError("weights", f"there is no label {label!r}: {did_you_mean(label, labels)}")


def _check_unique(seen: dict[str, int], key: str, number: int, field: str, remedy: str) -> None:
    if seen.setdefault(key, number) != number:
        raise _FieldError(field, f"rule {seen[key] + 1} has the same {field}: {remedy}")


def _fold_text(text: str, content: Mapping[str, Any]) -> str:
    from pipeline.fragments.folding import fold_case

    return fold_case(text) if content.get("fold", True) else text


def _raise_located(name: str, text: str, number: int, mistake: _FieldError) -> NoReturn:
    where = f"{name}, line {_find_line(text, number)}: rule {number + 1}"
    field = f", field {mistake.field!r}" if mistake.field else ""
    raise RulesError(f"{where}{field}: {mistake}") from None


def _find_line(text: str, number: int) -> int:
    """The line on which the rule begins, wherever an editor has put it: the text is read once more up to there."""
    decoder = json.JSONDecoder()
    field, place = decoder.raw_decode(text, _skip_separators(text, 0, "{"))
    while field != "rules":
        _, place = decoder.raw_decode(text, _skip_separators(text, place, ":"))
        field, place = decoder.raw_decode(text, _skip_separators(text, place, ","))
    place = _skip_separators(text, place, ":[")
    for _ in range(number):
        _, end = decoder.raw_decode(text, place)
        place = _skip_separators(text, end, ",")
    return text.count("\n", 0, place) + 1


def _skip_separators(text: str, place: int, skipped: str) -> int:
    while text[place].isspace() or text[place] in skipped:
        place += 1
    return place
