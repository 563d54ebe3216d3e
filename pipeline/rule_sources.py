"""Where a rule set is: in a file, or by its name in a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from config.errors import RulesError

if TYPE_CHECKING:
    from rules.rule_set import RuleSet


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
    from rules.rule_file import parse_rules, read_rules

    saved = parse_saved_name(address)
    if saved is not None:
        from sql import PatternStore

        text = PatternStore(saved.store).rules(saved.name, saved.version)
        return parse_rules(text, f"rule set {saved.name!r}")
    if "://" in address or _is_database(address):
        from sql import mask_password

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
