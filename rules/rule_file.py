"""Rule sets as JSON files that a person can read and edit: a line for each rule."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import RulesError
from config.whole_file import atomic_write
from rules.rule_file_checks import build_json_object, check_rules
from rules.rule_file_head import HEADER_FIELDS, VERSION, check_header
from rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    import os


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
