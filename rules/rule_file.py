"""Rule files: rule sets as JSON that a person can read and edit, with one line for each rule.

A rule set is addressed by the path of its file, or as STORE#NAME or STORE#NAME@VERSION in a pattern store.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    StrictFloat,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from camlode.config.atomic_write import atomic_write
from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

VERSION = 1
"""The version of the file format; files of a later version are refused."""

_MAX_SHOWN_CHARACTERS = 60


def write_rules(rules: RuleSet, path: str | os.PathLike[str]) -> None:
    """Write a rule set to a file, atomically.

    Raises:
        RulesError: the rule set is empty, or the file cannot be written.
    """
    with atomic_write(Path(path), RulesError) as unfinished:
        unfinished.write_text(rules_to_json(rules), encoding="utf-8")


def rules_to_json(rules: RuleSet) -> str:
    """Serialise a rule set as the text of a rule file.

    Raises:
        RulesError: the rule set has no rules; such a file could not be read back.
    """
    if not rules.rules:
        raise RulesError("there is no rule to write: expected at least one")
    names = [name for name in _RuleFile.model_fields if name not in ("camlode_rules", "rules")]
    header = {"camlode_rules": VERSION} | {name: getattr(rules, name) for name in names}
    lines = [f"  {_dump_json(name)}: {_dump_json(value)}," for name, value in header.items()]
    each = ",\n".join(f"    {_dump_json(asdict(rule))}" for rule in rules.rules)
    return "\n".join(["{", *lines, '  "rules": [', each, "  ]", "}", ""])


def read_rule_file(path: str | os.PathLike[str]) -> RuleSet:
    """Read the rule set in a file.

    Raises:
        RulesError: the file does not exist, is not a rule file, is one of a later version, or contains an invalid
            value; the message names the line and the field.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise RulesError(f"{path}: there is no such file; camlode rules build writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path} cannot be read as a rule file: {error}") from error
    return parse_rules(text, str(path))


def parse_rules(text: str, name: str) -> RuleSet:
    """Parse the text of a rule file; errors call the file `name`. Raises what `read_rule_file` raises."""
    try:
        content = json.loads(text, object_pairs_hook=_parse_object)
    except json.JSONDecodeError as error:
        raise RulesError(f"{name}, line {error.lineno}: this is not JSON: {error.msg.lower()}") from error
    except RecursionError:
        raise RulesError(f"{name} is not a rule file: its brackets are nested too deep") from None
    except ValueError as error:
        raise RulesError(f"{name} is not a rule file: one of its numbers has too many digits") from error
    _check_version(content, name)
    try:
        _RuleFile.model_validate(content)
    except ValidationError as error:
        raise RulesError(f"{name}: {_describe_first_error(error, content, _RuleFile)}") from None
    for number, rule in enumerate(content["rules"]):
        try:
            _FileRule.model_validate(rule, context={"labels": content["labels"]})
        except ValidationError as error:
            reason = _describe_first_error(error, rule, _FileRule)
            raise RulesError(f"{_locate_rule(name, text, number)}: {reason}") from None
    _check_unique(content, text, name)
    # The validated values are those of the file: an integer of 70 bits stays an integer.
    rules = tuple(Rule(**rule) for rule in content.pop("rules"))
    del content["camlode_rules"]
    return RuleSet(rules=rules, **content | {"labels": tuple(content["labels"])})


class _DuplicateKeyObject(dict[str, Any]):
    """A JSON object in which the key `duplicate` appears twice. JSON readers keep the last value without a word."""

    duplicate: str


def _parse_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    duplicated, names = _DuplicateKeyObject(found), [key for key, _ in pairs]
    duplicated.duplicate = next(key for key in found if names.count(key) > 1)
    return duplicated


def _check_finite(value: float) -> float:
    # NaN compares false; an integer may be beyond the range of doubles, in which weights are added.
    if not abs(value) <= sys.float_info.max:
        raise PydanticCustomError("finite_number", "not finite")
    return value


def _check_not_empty(text: str) -> str:
    if not text:
        raise PydanticCustomError("empty", "empty")
    return text


def _check_labels(names: Iterable[str], labels: Sequence[str]) -> None:
    for name in names:
        if name not in labels:
            raise ValueError(f"there is no label {name!r}: {did_you_mean(name, labels)}")


# `InstanceOf[str]` and not `str`, which pydantic requires to be valid Unicode: a text of the corpus may hold half of a
# surrogate pair.
_Text = InstanceOf[str]
_NonEmptyText = Annotated[_Text, AfterValidator(_check_not_empty)]
_Number = Annotated[StrictInt | StrictFloat, AfterValidator(_check_finite)]


class _FileObject(BaseModel):
    """An object of a rule file: no unknown keys, no key twice, no value converted from another type."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _check_keys(cls, value: Any) -> Any:
        # Not extra="forbid": a misspelled field is both unknown and missing, and the first is what to report.
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"there is no field {key!r}: {did_you_mean(key, [*cls.model_fields])}")
        if isinstance(value, _DuplicateKeyObject):
            raise ValueError(f"the field {value.duplicate!r} appears twice: remove one")
        return value

    @field_validator("*", mode="before")
    @classmethod
    def _check_unique_keys_inside(cls, value: Any) -> Any:
        if isinstance(value, _DuplicateKeyObject):
            raise ValueError(f"{value.duplicate!r} appears twice: remove one")
        return value


class _RuleFile(_FileObject):
    """All of a rule file except the contents of its rules; a field's description is what an error says is expected."""

    camlode_rules: Any
    task: Literal["multiclass", "multilabel"] = Field(description='"multiclass" or "multilabel"')
    labels: list[_Text] = Field(min_length=1, description="a list of different names")
    biases: dict[_Text, _Number] = Field(description="a number for each label")
    thresholds: dict[_Text, Annotated[_Number, Field(ge=0, le=1)]] = Field({}, description="a number for each label")
    fallback: _Text | None = Field(None, description="a label or null")
    fold: bool = Field(True, description="true or false")
    boundaries: bool = Field(True, description="true or false")
    provenance: dict[_Text, _Text | StrictInt | None] = Field({}, description="an object")
    rules: list[Any] = Field(min_length=1, description="a list of at least one rule")

    @field_validator("labels")
    @classmethod
    def _check_distinct(cls, labels: list[str]) -> list[str]:
        if len(set(labels)) < len(labels):
            raise PydanticCustomError("not_distinct", "not distinct")
        return labels

    @field_validator("biases", "thresholds", "fallback")
    @classmethod
    def _check_known_labels(cls, value: Any, info: ValidationInfo) -> Any:
        # Without valid labels there is already an error about these.
        if value is not None and "labels" in info.data:
            _check_labels([value] if isinstance(value, str) else value, info.data["labels"])
        return value


class _FileRule(_FileObject):
    """A rule of a rule file; the validation context holds the file's `labels`."""

    id: _NonEmptyText = Field(description="text")
    label: _NonEmptyText = Field(description="text")
    text: _NonEmptyText = Field(description="text")
    weights: dict[_Text, _Number] = Field(description="an object of numbers")
    statistics: dict[_Text, _Number | None] = Field({}, description="an object of numbers")

    @field_validator("label", "weights")
    @classmethod
    def _check_known_labels(cls, value: Any, info: ValidationInfo) -> Any:
        _check_labels([value] if isinstance(value, str) else value, (info.context or {})["labels"])
        return value


_EXPECTED_ITEMS = {
    "biases": "a number",
    "thresholds": "a probability, a number from 0 to 1",
    "provenance": "text, an integer or null",
    "weights": "a number",
    "statistics": "a number or null",
}


def _describe_first_error(error: ValidationError, content: Any, model: type[BaseModel]) -> str:
    """What is wrong with the first invalid field, what was expected, and what was found, without a line break."""
    errors = error.errors(include_url=False)
    first = next((each for each in errors if each["type"] == "missing"), errors[0])
    reason = str(first["ctx"]["error"]) if first["type"] == "value_error" else None
    if not first["loc"]:
        return reason or "a rule is an object with id, label, text and weights"
    field = str(first["loc"][0])
    if first["type"] == "missing":
        return f"the field {field!r} is missing"
    if reason is not None:
        return f"{field}: {reason}"
    if len(first["loc"]) > 1 and field in _EXPECTED_ITEMS:
        return f"{field} of {first['loc'][1]!r} is {_shorten(first['input'])}: expected {_EXPECTED_ITEMS[field]}"
    return f"{field} is {_shorten(content[field])}: expected {model.model_fields[field].description}"


def _check_version(content: Any, name: str) -> None:
    if not isinstance(content, dict) or "camlode_rules" not in content:
        raise RulesError(f'{name} is not a rule file: expected an object with "camlode_rules": {VERSION}')
    version = content["camlode_rules"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise RulesError(f"{name}: camlode_rules is {_shorten(version)}: expected the version of the format, {VERSION}")
    if version > VERSION:
        raise RulesError(
            f"{name} is a rule file of version {version}, and this camlode reads version {VERSION}: "
            "install a later camlode"
        )


def _check_unique(content: Mapping[str, Any], text: str, name: str) -> None:
    """Raise a RulesError if two rules have one id, or texts that the matcher takes for the same."""
    from camlode.pipeline.fragments.casefold import fold_case

    texts = [rule["text"] for rule in content["rules"]]
    remedies = {"id": "remove one", "text": "remove one and give the other the weights of both"}
    values = {
        "id": [rule["id"] for rule in content["rules"]],
        "text": [*map(fold_case, texts)] if content.get("fold", True) else texts,
    }
    for field, each in values.items():
        seen: dict[str, int] = {}
        for number, value in enumerate(each):
            first = seen.setdefault(value, number)
            if first != number:
                reason = f"rule {first + 1} has the same {field}: {remedies[field]}"
                raise RulesError(f"{_locate_rule(name, text, number)}: {reason}")


def _locate_rule(name: str, text: str, number: int) -> str:
    """Where rule `number` begins, as "FILE, line 13: rule 2".

    An editor may have changed the layout of the file, and json.loads keeps no positions: skip the values before it.
    """
    decoder = json.JSONDecoder()
    key, position = decoder.raw_decode(text, _skip(text, 0, "{"))
    while key != "rules":
        _, position = decoder.raw_decode(text, _skip(text, position, ":"))
        key, position = decoder.raw_decode(text, _skip(text, position, ","))
    position = _skip(text, position, ":[")
    for _ in range(number):
        _, end = decoder.raw_decode(text, position)
        position = _skip(text, end, ",")
    line = text.count("\n", 0, position) + 1
    return f"{name}, line {line}: rule {number + 1}"


def _skip(text: str, position: int, separators: str) -> int:
    while text[position].isspace() or text[position] in separators:
        position += 1
    return position


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else f"{text[: _MAX_SHOWN_CHARACTERS - 1]}…"


def _dump_json(value: Any) -> str:
    # Half of a surrogate pair, which UTF-8 cannot hold, stays escaped.
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False))


class SavedName(NamedTuple):
    """The name of a rule set in a store; `version` is None for the last one."""

    store: str
    name: str
    version: int | None = None


def read_rule_set(address: str) -> RuleSet:
    """Read the rule set in a file, or in a store: STORE#NAME, or STORE#NAME@VERSION.

    Raises:
        RulesError: there is no such file, or its content is not a valid rule set.
        StoreError: there is no such store, or no such rule set in it.
    """
    saved = parse_saved_name(address)
    if saved is not None:
        from camlode.sql import PatternStore

        text = PatternStore(saved.store).rules(saved.name, saved.version)
        return parse_rules(text, f"rule set {saved.name!r}")
    if "://" in address or is_database(address):
        from camlode.sql import mask_password

        raise RulesError(
            f"{mask_password(address)} is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules "
            "list shows their names"
        )
    return read_rule_file(address)


def parse_saved_name(address: str) -> SavedName | None:
    """Parse STORE#NAME or STORE#NAME@VERSION; return None for the path of a file.

    Raises:
        RulesError: the version is not a positive integer.
    """
    store, mark, rest = address.rpartition("#")
    if not mark or _is_file(address):
        return None
    name, mark, version = rest.partition("@")
    if mark and not (version.isdecimal() and int(version) > 0):
        raise RulesError(f"rule set {name!r}: version is {version!r}: expected a positive integer, as STORE#{name}@1")
    return SavedName(store, name, int(version) if mark else None)


def is_database(path: str) -> bool:
    """Whether a file is a SQLite database; False if it cannot be read, which its reader reports."""
    try:
        with Path(path).open("rb") as file:
            return file.read(16) == b"SQLite format 3\0"
    except OSError:
        return False


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:
        return False  # the name is too long for a file
