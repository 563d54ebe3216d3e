"""Rule sets as JSON files that a person can read and edit: a line for each rule."""
# MERGED: What each rule of a rule file must hold; a mistake is told with its line and field.
# MERGED: What a rule file must hold beside its rules; a mistake is told with its field.
# MERGED: Where a rule set is: in a file, or by its name in a store.

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from camlode.config.atomic_write import atomic_write
from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    import os
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
    from camlode.pipeline.fragments.casefold import fold_case

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


def write_rules(rules: RuleSet, path: str | os.PathLike[str]) -> None:
    """Writes a rule set to a file, in place of what was there, at once."""
    with atomic_write(Path(path), RulesError) as unfinished:
        unfinished.write_text(rules_to_json(rules), encoding="utf-8")


def rules_to_json(rules: RuleSet) -> str:
    """A rule set as the text of its file.

    Raises:
        RulesError: it has no rule, and would be refused when it is read.
    """
    if not rules.rules:
        raise RulesError("there is no rule to write: expected at least one")
    header = {"camlode_rules": VERSION} | {name: getattr(rules, name) for name in HEADER_FIELDS}
    lines = [f"  {_dump_json(name)}: {_dump_json(value)}," for name, value in header.items()]
    each = ",\n".join(f"    {_dump_json(asdict(rule))}" for rule in rules.rules)
    return "\n".join(["{", *lines, '  "rules": [', each, "  ]", "}", ""])


def read_rules(path: str | os.PathLike[str]) -> RuleSet:
    """The rule set that a file holds.

    Raises:
        RulesError: there is no such file, it is no rule file or one of a later version, or it was edited so that it
            can't be used; the line and the field are named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RulesError(f"{path}: there is no such file; camlode rules build writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path} cannot be read as a rule file: {error}") from error
    return parse_rules(text, str(path))


def parse_rules(text: str, name: str) -> RuleSet:
    """The rule set that the text of a file called `name` holds; raises as `read_rules` does."""
    try:
        content = json.loads(text, object_pairs_hook=build_json_object)
    except json.JSONDecodeError as error:
        raise RulesError(f"{name}, line {error.lineno}: this is not JSON: {error.msg.lower()}") from error
    except RecursionError:
        raise RulesError(f"{name} is not a rule file: its brackets are nested too deep") from None
    except ValueError as error:
        raise RulesError(f"{name} is not a rule file: one of its numbers has too many digits") from error
    check_header(content, name)
    check_rules(content, text, name)
    header = {key: content[key] for key in HEADER_FIELDS if key in content} | {"labels": tuple(content["labels"])}
    return RuleSet(rules=tuple(Rule(**rule) for rule in content["rules"]), **header)


def _dump_json(value: Any) -> str:
    # Half of a surrogate pair, which UTF-8 cannot hold, stays escaped.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False))


class SavedName(NamedTuple):
    """A rule set in a store; its last version where that is None."""

    store: str
    name: str
    version: int | None = None


def read_rule_set(address: str) -> RuleSet:
    """The rule set in a file, or of a store: STORE#NAME, or STORE#NAME@VERSION.

    Raises:
        RulesError: there is no such file, or what is there is no rule set that can be used.
        StoreError: there is no such store, or no such rule set in it.
    """

    saved = parse_saved_name(address)
    if saved is not None:
        from camlode.sql import PatternStore

        text = PatternStore(saved.store).rules(saved.name, saved.version)
        return parse_rules(text, f"rule set {saved.name!r}")
    if "://" in address or _is_database(address):
        from camlode.sql import mask_password

        raise RulesError(
            f"{mask_password(address)} is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules list has "
            "their names"
        )
    return read_rules(address)


def parse_saved_name(address: str) -> SavedName | None:
    """What STORE#NAME and STORE#NAME@VERSION mean; None for the path of a file.

    Raises:
        RulesError: the version is no number.
    """
    store, mark, rest = address.rpartition("#")
    if not mark or _is_file(address):
        return None
    name, mark, version = rest.partition("@")
    if mark and not (version.isdecimal() and int(version) > 0):
        raise RulesError(f"rule set {name!r}: version is {version!r}: expected a whole number, as STORE#{name}@1")
    return SavedName(store, name, int(version) if mark else None)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:
        return False  # a name that is too long for one


def _is_database(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False  # whoever reads it says what is wrong
