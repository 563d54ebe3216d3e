from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from camlode.config import CamlodeError
from camlode.rules.rule_file import SavedName, parse_saved_name, read_rule_set, rules_to_json, write_rules
from camlode.rules.rule_set import Rule, RuleSet
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from pathlib import Path


def rules(*texts: str) -> RuleSet:
    made = tuple(Rule(text, "a", text, {"a": 1.0}) for text in texts)
    return RuleSet("multiclass", ("a", "b"), made, biases={})


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("rules.json", None),
        ("patterns.db#news", SavedName("patterns.db", "news")),
        ("patterns.db#news@2", SavedName("patterns.db", "news", 2)),
        ("a#b.db#news", SavedName("a#b.db", "news")),
        ("postgresql://me:p@w@host/db#news@12", SavedName("postgresql://me:p@w@host/db", "news", 12)),
        ("x" * 5000, None),
    ],
)
def test_an_address_is_a_file_or_a_name_in_a_store(address: str, expected: SavedName | None) -> None:
    assert parse_saved_name(address) == expected


def test_a_file_may_be_called_as_it_likes(tmp_path: Path) -> None:
    write_rules(rules("x"), tmp_path / "rules#1@x.json")
    assert read_rule_set(str(tmp_path / "rules#1@x.json")) == rules("x")


def test_the_last_version_or_another_comes_from_the_store(tmp_path: Path) -> None:
    path = str(tmp_path / "patterns.db")
    store = PatternStore(path, create=True)
    for texts in (("x",), ("x", "y")):
        store.save_rules("news", rules_to_json(rules(*texts)))
    assert read_rule_set(f"{path}#news") == rules("x", "y")
    assert read_rule_set(f"{path}#news@1") == rules("x")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("gone.json", "gone.json: there is no such file; camlode rules build writes one"),
        ("gone.db#news", "there is no pattern store at gone.db: camlode mine makes one"),
        ("p.db#new", "p.db: there is no rule set 'new': did you mean 'news'?"),
        ("p.db#news@7", "p.db: rule set 'news' has no version 7: its versions are 1"),
        ("p.db#news@x", "rule set 'news': version is 'x': expected a whole number, as STORE#news@1"),
        ("p.db#news@0", "rule set 'news': version is '0': expected a whole number, as STORE#news@1"),
        (
            "p.db",
            "p.db is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules list has their names",
        ),
        (
            "postgresql://me:secret@host/db",
            "postgresql://me:***@host/db is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules "
            "list has their names",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    PatternStore("p.db", create=True).save_rules("news", rules_to_json(rules("x")))
    with pytest.raises(CamlodeError) as refused:
        read_rule_set(address)
    assert str(refused.value) == line


def test_a_rule_set_that_was_changed_past_camlode_is_refused_by_its_name(tmp_path: Path) -> None:
    path = str(tmp_path / "patterns.db")
    PatternStore(path, create=True).save_rules("news", rules_to_json(rules("x")))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE rule_sets SET content = replace(content, '\"text\"', '\"txet\"')")
    with pytest.raises(CamlodeError, match=r"^rule set 'news', line \d+: rule 1, field 'txet': there is no such field"):
        read_rule_set(f"{path}#news")
