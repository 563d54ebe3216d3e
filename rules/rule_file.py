"""Rule sets as JSON files that a person can read and edit: a line for each rule."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import RulesError
from config.names import which
from rules.rule_file_checks import check_rules
from rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""The version of the file's form; one of a later version is refused."""

_HEAD: dict[str, Any] = {
    "task": str,
    "labels": list,
    "biases": dict,
    "thresholds": dict,
    "fallback": (str, type(None)),
    "fold": bool,
    "boundaries": bool,
    "provenance": dict,
}
_NEEDED = ("task", "labels", "biases", "rules")


def write_rules(rules: RuleSet, path: str | os.PathLike[str]) -> None:
    """Writes a rule set to a file, in place of what was there, at once."""
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_text(as_json(rules), encoding="utf-8")
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise RulesError(f"{target} cannot be written: {error.strerror}") from error


def as_json(rules: RuleSet) -> str:
    """A rule set as the text of its file."""
    head = {"camlode_rules": VERSION} | {name: getattr(rules, name) for name in _HEAD}
    lines = [f"  {_json(name)}: {_json(value)}," for name, value in head.items()]
    each = ",\n".join(f"    {_json(asdict(rule))}" for rule in rules.rules)
    return "\n".join(["{", *lines, '  "rules": [', each, "  ]", "}", ""])


def read_rules(path: str | os.PathLike[str]) -> RuleSet:
    """The rule set that a file holds.

    Raises:
        RulesError: there is no such file, it is no rule file or one of a later version, or it was edited so that it
            can't be used; the line and the field are named.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RulesError(f"{path}: there is no such file; camlode rules build writes one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path} cannot be read as a rule file: {error}") from error
    return rules_of(text, str(path))


def rules_of(text: str, name: str) -> RuleSet:
    """The rule set that the text of a file called `name` holds; raises as `read_rules` does."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise RulesError(f"{name}, line {error.lineno}: this is not JSON: {error.msg.lower()}") from error
    except RecursionError:
        raise RulesError(f"{name} is not a rule file: its brackets are nested too deep") from None
    _check_head(content, name)
    check_rules(content, text, name)
    head = {key: content[key] for key in _HEAD if key in content} | {"labels": tuple(content["labels"])}
    return RuleSet(rules=tuple(Rule(**rule) for rule in content["rules"]), **head)


def _check_head(content: Any, name: str) -> None:
    if not isinstance(content, dict) or "camlode_rules" not in content:
        raise RulesError(f'{name} is not a rule file: expected an object with "camlode_rules": {VERSION}')
    if content["camlode_rules"] != VERSION:
        raise RulesError(
            f"{name} is a rule file of version {content['camlode_rules']!r}, and this camlode reads version {VERSION}: "
            "install a later camlode"
        )
    known = ("camlode_rules", *_HEAD, "rules")
    for key in content.keys() - set(known):
        raise RulesError(f"{name}: there is no field {key!r}: {which(key, known)}")
    for key in _NEEDED:
        if key not in content:
            raise RulesError(f"{name}: the field {key!r} is missing")
    for key, kind in _HEAD.items():
        if key in content and not isinstance(content[key], kind):
            raise RulesError(f"{name}: {key} is {_short(content[key])}: expected {_KINDS[key]}")
    _check_labels(content, name)


_KINDS = {
    "task": '"multiclass" or "multilabel"',
    "labels": "a list of names",
    "biases": "a number for each label",
    "thresholds": "a number for each label",
    "fallback": "a label or null",
    "fold": "true or false",
    "boundaries": "true or false",
    "provenance": "an object",
}


def _check_labels(content: Mapping[str, Any], name: str) -> None:
    labels = content["labels"]
    if content["task"] not in ("multiclass", "multilabel"):
        raise RulesError(f"{name}: task is {_short(content['task'])}: expected {_KINDS['task']}")
    if not labels or not all(isinstance(label, str) for label in labels) or len(set(labels)) < len(labels):
        raise RulesError(f"{name}: labels are {_short(labels)}: expected a list of different names")
    if content.get("fallback") is not None and content["fallback"] not in labels:
        raise RulesError(f"{name}: fallback is {content['fallback']!r}: {which(content['fallback'], labels)}")
    for key in ("biases", "thresholds"):
        for label, value in content.get(key, {}).items():
            if label not in labels:
                raise RulesError(f"{name}: {key} has a label {label!r}: {which(label, labels)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
                raise RulesError(f"{name}: {key} of {label!r} is {_short(value)}: expected a number")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    text = _json(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
