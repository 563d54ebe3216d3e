from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import CamlodeError
from camlode.rules.rule_file import (
    SavedName,
    parse_rules,
    parse_saved_name,
    read_rule_file,
    read_rule_set,
    rules_to_json,
    write_rules,
)
from camlode.rules.rule_set import Rule, RuleSet
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULES = RuleSet(
    task="multilabel",
    labels=("数码", "食物"),
    rules=(
        Rule("2/数码/1", "数码", "电脑", {"数码": 1.5, "食物": -0.5}, {"precision": 0.75, "documents": 4}),
        Rule("2/食物/1", "食物", 'a "b" \\', {}, {"lift": None}),
    ),
    biases={"数码": 0.25, "食物": 0},
    thresholds={"食物": 0.3},
    fallback="食物",
    fold=False,
    boundaries=False,
    provenance={"store": "patterns.db", "run": 2, "model": "cnn", "model_version": None},
)
LINES = """\
{
  "camlode_rules": 1,
  "task": "multilabel",
  "labels": ["数码", "食物"],
  "biases": {"数码": 0.25, "食物": 0},
  "thresholds": {"食物": 0.3},
  "fallback": "食物",
  "fold": false,
  "boundaries": false,
  "provenance": {"store": "patterns.db", "run": 2, "model": "cnn", "model_version": null},
  "rules": [
    {"id": "2/数码/1", "label": "数码", "text": "电脑", "weights": {"数码": 1.5, "食物": -0.5}, \
"statistics": {"precision": 0.75, "documents": 4}},
    {"id": "2/食物/1", "label": "食物", "text": "a \\"b\\" \\\\", "weights": {}, "statistics": {"lift": null}}
  ]
}
"""
LEAST: dict[str, Any] = {
    "camlode_rules": 1,
    "task": "multiclass",
    "labels": ["a", "b"],
    "biases": {},
    "rules": [{"id": "1", "label": "a", "text": "x", "weights": {}}],
}


def error_message(text: str) -> str:
    with pytest.raises(CamlodeError) as refused:
        parse_rules(text, "r.json")
    line = str(refused.value)
    assert "\n" not in line
    return line


def edit(**changes: Any) -> str:
    """The least rule file with changes of its head, as JSON in which NaN and Infinity may stand."""
    return json.dumps({**LEAST, **changes})


def test_a_file_has_a_line_for_each_rule(tmp_path: Path) -> None:
    write_rules(RULES, tmp_path / "r.json")
    assert (tmp_path / "r.json").read_text(encoding="utf-8") == LINES
    assert read_rule_file(tmp_path / "r.json") == RULES
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_optional_fields_have_defaults() -> None:
    assert parse_rules(edit(), "r.json") == RuleSet("multiclass", ("a", "b"), (Rule("1", "a", "x", {}),), {})


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode())
    assert read_rule_file(tmp_path / "r.json") == RULES


NAMES = st.text(st.characters(), min_size=1, max_size=5)
NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**70), 2**70))


@st.composite
def rule_sets(draw: Any) -> RuleSet:
    labels = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    texts = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    of_labels = st.dictionaries(st.sampled_from(labels), NUMBERS)
    known = st.dictionaries(NAMES, st.one_of(st.none(), NUMBERS), max_size=2)
    return RuleSet(
        task=draw(st.sampled_from(["multiclass", "multilabel"])),
        labels=tuple(labels),
        rules=tuple(
            Rule(f"{number}{draw(NAMES)}", draw(st.sampled_from(labels)), text, draw(of_labels), draw(known))
            for number, text in enumerate(texts)
        ),
        biases=draw(of_labels),
        thresholds=draw(st.dictionaries(st.sampled_from(labels), st.floats(0, 1))),
        fallback=draw(st.one_of(st.none(), st.sampled_from(labels))),
        fold=False,
        boundaries=draw(st.booleans()),
        provenance=draw(st.dictionaries(NAMES, st.one_of(st.none(), NAMES, st.integers()), max_size=2)),
    )


@given(rule_sets())
@settings(max_examples=80, deadline=None)
def test_any_rule_set_comes_back_as_it_was(rules: RuleSet) -> None:
    text = rules_to_json(rules)
    text.encode()
    assert parse_rules(text, "r.json") == rules


def test_half_a_surrogate_pair_comes_back_as_it_was(tmp_path: Path) -> None:
    rules = replace(RULES, rules=(Rule("\udc00", "食物", "a\ud83d\\ud83d", {}),))
    write_rules(rules, tmp_path / "r.json")
    assert read_rule_file(tmp_path / "r.json") == rules


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("gone/r.json", "cannot be written: No such file or directory"),
        (".", "is a folder: name a file"),
        ("folder", "is a folder: name a file"),
        ("file/r.json", "cannot be written: Not a directory"),
        ("x" * 300, "cannot be written: File name too long"),
    ],
)
def test_a_file_that_cannot_be_written_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CamlodeError) as refused:
        write_rules(RULES, path)
    assert str(refused.value) == f"{path} {reason}"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]
    assert (tmp_path / "file").read_text() == "mine"


def test_a_file_that_cannot_be_read_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b'{"a": "\xff"}')
    for path, start in (
        (tmp_path / "gone.json", "there is no such file; camlode rules build writes one"),
        (tmp_path, "cannot be read as a rule file: [Errno 21] Is a directory"),
        (tmp_path / "r.json", "cannot be read as a rule file: 'utf-8' codec can't decode byte 0xff"),
    ):
        with pytest.raises(CamlodeError) as refused:
            read_rule_file(path)
        assert str(refused.value).removeprefix(str(path)).lstrip(": ").startswith(start)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "r.json, line 1: this is not JSON: expecting value"),
        ('{\n"a": 1,\n}', "r.json, line 3: this is not JSON: expecting property name enclosed in double quotes"),
        ("[" * 100_000, "r.json is not a rule file: its brackets are nested too deep"),
        ("[1]", 'r.json is not a rule file: expected an object with "camlode_rules": 1'),
        ('{"labels": []}', 'r.json is not a rule file: expected an object with "camlode_rules": 1'),
        (f'{{"camlode_rules": 1{"0" * 5000}}}', "r.json is not a rule file: one of its numbers has too many digits"),
    ],
)
def test_a_file_that_is_not_a_rule_file_is_refused(text: str, line: str) -> None:
    assert error_message(text) == line


LATER = "and this camlode reads version 1: install a later camlode"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        (2, f"r.json is a rule file of version 2, {LATER}"),
        (0, "r.json: camlode_rules is 0: expected the version of the format, 1"),
        ("1", 'r.json: camlode_rules is "1": expected the version of the format, 1'),
        (None, "r.json: camlode_rules is null: expected the version of the format, 1"),
        (True, "r.json: camlode_rules is true: expected the version of the format, 1"),
    ],
)
def test_a_file_of_another_version_is_refused(version: Any, line: str) -> None:
    assert error_message(edit(camlode_rules=version, more="of it")) == line


NUMBER = "expected a number"
PROBABILITY = "expected a probability, a number from 0 to 1"
NAMED = "expected a list of different names"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"tasks": "multiclass"}, "there is no field 'tasks': did you mean 'task'?"),
        ({"task": "multiclas"}, 'task is "multiclas": expected "multiclass" or "multilabel"'),
        ({"task": None}, 'task is null: expected "multiclass" or "multilabel"'),
        ({"labels": "a"}, f'labels is "a": {NAMED}'),
        ({"labels": []}, f"labels is []: {NAMED}"),
        ({"labels": ["a", "a"]}, f'labels is ["a", "a"]: {NAMED}'),
        ({"labels": ["a", 2]}, f'labels is ["a", 2]: {NAMED}'),
        ({"labels": ["a", ["a"]]}, f'labels is ["a", ["a"]]: {NAMED}'),
        ({"labels": ["x" * 70] * 2}, f'labels is ["{"x" * 57}…: {NAMED}'),
        ({"fallback": "c"}, "fallback: there is no label 'c': expected one of: a, b"),
        ({"fallback": 1}, "fallback is 1: expected a label or null"),
        ({"fold": 1}, "fold is 1: expected true or false"),
        ({"boundaries": "yes"}, 'boundaries is "yes": expected true or false'),
        ({"biases": [1]}, "biases is [1]: expected a number for each label"),
        ({"biases": {"A": 1}}, "biases: there is no label 'A': did you mean 'a'?"),
        ({"biases": {"a": "1"}}, f"biases of 'a' is \"1\": {NUMBER}"),
        ({"biases": {"a": True}}, f"biases of 'a' is true: {NUMBER}"),
        ({"biases": {"a": None}}, f"biases of 'a' is null: {NUMBER}"),
        ({"biases": {"a": float("nan")}}, f"biases of 'a' is NaN: {NUMBER}"),
        ({"biases": {"a": -float("inf")}}, f"biases of 'a' is -Infinity: {NUMBER}"),
        ({"biases": {"a": 10**400}}, f"biases of 'a' is 1{'0' * 58}…: {NUMBER}"),
        ({"thresholds": {"c": 0.5}}, "thresholds: there is no label 'c': expected one of: a, b"),
        ({"thresholds": {"a": "0.5"}}, f"thresholds of 'a' is \"0.5\": {PROBABILITY}"),
        ({"thresholds": {"a": 50}}, f"thresholds of 'a' is 50: {PROBABILITY}"),
        ({"thresholds": {"a": -0.1}}, f"thresholds of 'a' is -0.1: {PROBABILITY}"),
        ({"thresholds": {"a": float("nan")}}, f"thresholds of 'a' is NaN: {PROBABILITY}"),
        ({"provenance": "mine"}, 'provenance is "mine": expected an object'),
        (
            {"provenance": {"rules": [1]}},
            "provenance of 'rules' is [1]: expected text, an integer or null",
        ),
        (
            {"provenance": {"lift": float("inf")}},
            "provenance of 'lift' is Infinity: expected text, an integer or null",
        ),
        ({"rules": []}, "rules is []: expected a list of at least one rule"),
        ({"rules": {"a": 1}}, 'rules is {"a": 1}: expected a list of at least one rule'),
    ],
)
def test_an_invalid_header_is_refused_with_its_field(changes: dict[str, Any], line: str) -> None:
    assert error_message(edit(**changes)) == f"r.json: {line}"


@pytest.mark.parametrize("field", ["task", "labels", "biases", "rules"])
def test_a_missing_field_is_refused(field: str) -> None:
    text = json.dumps({name: value for name, value in LEAST.items() if name != field})
    assert error_message(text) == f"r.json: the field '{field}' is missing"


@pytest.mark.parametrize(
    ("there", "twice", "line"),
    [
        ('"labels"', '"rules": [], "labels"', "r.json: the field 'rules' appears twice: remove one"),
        ("{}", '{"a": 1, "b": 2, "a": 3}', "r.json: biases: 'a' appears twice: remove one"),
    ],
)
def test_a_field_that_appears_twice_is_refused(there: str, twice: str, line: str) -> None:
    assert error_message(edit().replace(there, twice, 1)) == line


def test_1e999_is_not_finite() -> None:
    assert error_message(edit(biases={"a": 7}).replace("7", "1e999")) == f"r.json: biases of 'a' is Infinity: {NUMBER}"


ODD_RULES = RuleSet(
    task="multiclass",
    labels=("a", "b", '"rules": [{'),
    rules=(
        Rule("r1", "a", "x", {"a": 1.5}, {"precision": 0.75}),
        Rule("r2", "b", '{"rules": [\n', {"b": 1, "a": -1}, {"precision": None}),
        Rule("r3", "b", "z", {}),
    ),
    biases={},
    provenance={"rules": '"rules": [', 'x\\"rules': "y"},
)


def edit_rule(number: int, rule: Any) -> str:
    """The file as camlode writes it, with another rule in the place of one: rule 1 is on line 12."""
    lines = rules_to_json(ODD_RULES).splitlines(keepends=True)
    assert f'"r{number}"' in lines[10 + number]
    lines[10 + number] = f"{json.dumps(rule)}{',' * (number < 3)}\n"
    return "".join(lines)


def change_field(**changes: Any) -> dict[str, Any]:
    return {"id": "r2", "label": "b", "text": "y", "weights": {"b": 1}} | changes


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in change_field().items() if name != field}


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (change_field(wieght=1), "there is no field 'wieght': did you mean 'weights'?"),
        (without("weights") | {"weigths": {}}, "there is no field 'weigths': did you mean 'weights'?"),
        (
            change_field(**{"\ud800": 1}),
            "there is no field '\\ud800': expected one of: id, label, text, weights, statistics",
        ),
        *((without(field), f"the field '{field}' is missing") for field in ("id", "label", "text", "weights")),
        (change_field(id=2), "id is 2: expected text"),
        (change_field(id=""), 'id is "": expected text'),
        (change_field(label=["b"]), 'label is ["b"]: expected text'),
        (change_field(label="B"), "label: there is no label 'B': did you mean 'b'?"),
        (change_field(text=""), 'text is "": expected text'),
        (change_field(text=None), "text is null: expected text"),
        (change_field(weights=1.5), "weights is 1.5: expected an object of numbers"),
        (change_field(weights=None), "weights is null: expected an object of numbers"),
        (change_field(weights={"c": 1}), "weights: there is no label 'c': expected one of: a, b, \"rules\": [{"),
        (change_field(weights={"b": "1"}), "weights of 'b' is \"1\": expected a number"),
        (change_field(weights={"b": None}), "weights of 'b' is null: expected a number"),
        (change_field(weights={"b": True}), "weights of 'b' is true: expected a number"),
        (change_field(weights={"b": float("nan")}), "weights of 'b' is NaN: expected a number"),
        (change_field(weights={"b": float("inf")}), "weights of 'b' is Infinity: expected a number"),
        (change_field(weights={"b": -(10**400)}), f"weights of 'b' is -1{'0' * 57}…: expected a number"),
        (change_field(statistics=[]), "statistics is []: expected an object of numbers"),
        (change_field(statistics={"lift": "high"}), "statistics of 'lift' is \"high\": expected a number or null"),
        (change_field(statistics={"lift": float("nan")}), "statistics of 'lift' is NaN: expected a number or null"),
        (change_field(id="r1"), "rule 1 has the same id: remove one"),
        (change_field(text="X"), "rule 1 has the same text: remove one and give the other the weights of both"),
    ],
)
def test_an_invalid_rule_is_refused_with_its_line_and_field(rule: Any, reason: str) -> None:
    assert error_message(edit_rule(2, rule)) == f"r.json, line 13: rule 2: {reason}"


@pytest.mark.parametrize("rule", [None, "x", ["id", "label"], 3])
def test_a_rule_that_is_no_object_is_refused_with_its_line(rule: Any) -> None:
    expected = "r.json, line 14: rule 3: a rule is an object with id, label, text and weights"
    assert error_message(edit_rule(3, rule)) == expected


@pytest.mark.parametrize(
    ("there", "twice", "reason"),
    [
        ('"text": "z"', '"text": "y", "text": "z"', "the field 'text' appears twice: remove one"),
        ('"text": "z"', '"text": "y", "text": "z", "wieght": 1', "there is no field 'wieght': did you mean 'weights'?"),
        ('"weights": {}', '"weights": {"a": 1, "a": 2}', "weights: 'a' appears twice: remove one"),
        ('"statistics": {}', '"statistics": {"lift": 1, "lift": 2}', "statistics: 'lift' appears twice: remove one"),
    ],
)
def test_a_key_that_appears_twice_in_a_rule_is_refused(there: str, twice: str, reason: str) -> None:
    head, rule = rules_to_json(ODD_RULES).rsplit('{"id": "r3"', 1)
    text = f'{head}{{"id": "r3"{rule.replace(there, twice)}'
    assert error_message(text) == f"r.json, line 14: rule 3: {reason}"


def test_letters_that_differ_in_case_are_two_texts_where_case_counts() -> None:
    text = edit_rule(2, change_field(text="X")).replace('"fold": true', '"fold": false')
    assert [rule.text for rule in parse_rules(text, "r.json").rules] == ["x", "X", "z"]


def upside_down(content: dict[str, Any]) -> str:
    return json.dumps(dict(reversed(content.items())), indent=1)


@pytest.mark.parametrize(
    "written",
    [
        lambda content: json.dumps(content, indent=4),
        lambda content: json.dumps(content, indent=4).replace("\n", "\r\n"),
        lambda content: json.dumps(content, separators=(",", ":")),
        lambda content: "\n\n" + json.dumps(content, separators=("\n,\n", "\n:\n\n")),
        upside_down,
    ],
)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_line_is_right_however_the_file_is_laid_out(written: Callable[[Any], str], number: int) -> None:
    content = json.loads(rules_to_json(ODD_RULES))
    content["rules"][number - 1]["label"] = "c"
    text = written(content)
    begins = text.rindex("{", 0, text.index(f'"r{number}"'))
    line = 1 + text[:begins].count("\n")
    assert error_message(text).startswith(f"r.json, line {line}: rule {number}: label: there is no label 'c'")


def test_the_first_mistake_is_reported() -> None:
    content = json.loads(rules_to_json(ODD_RULES))
    for rule in content["rules"][1:]:
        del rule["text"]
    assert "rule 2: the field 'text' is missing" in error_message(json.dumps(content))


def make_rules(*texts: str) -> RuleSet:
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
        (f"{'x' * 5000}#news", SavedName("x" * 5000, "news")),
    ],
)
def test_an_address_is_a_file_or_a_name_in_a_store(address: str, expected: SavedName | None) -> None:
    assert parse_saved_name(address) == expected


def test_a_file_may_be_called_as_it_likes(tmp_path: Path) -> None:
    write_rules(make_rules("x"), tmp_path / "rules#1@x.json")
    assert read_rule_set(str(tmp_path / "rules#1@x.json")) == make_rules("x")


def test_the_last_version_or_another_comes_from_the_store(tmp_path: Path) -> None:
    path = str(tmp_path / "patterns.db")
    store = PatternStore(path, create=True)
    for texts in (("x",), ("x", "y")):
        store.save_rules("news", rules_to_json(make_rules(*texts)))
    assert read_rule_set(f"{path}#news") == make_rules("x", "y")
    assert read_rule_set(f"{path}#news@1") == make_rules("x")


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("gone.json", "gone.json: there is no such file; camlode rules build writes one"),
        ("gone.db#news", "there is no pattern store at gone.db: camlode mine makes one"),
        ("p.db#new", "p.db: there is no rule set 'new': did you mean 'news'?"),
        ("p.db#news@7", "p.db: rule set 'news' has no version 7: its versions are 1"),
        ("p.db#news@x", "rule set 'news': version is 'x': expected a positive integer, as STORE#news@1"),
        ("p.db#news@0", "rule set 'news': version is '0': expected a positive integer, as STORE#news@1"),
        (
            "p.db",
            "p.db is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules list shows their names",
        ),
        (
            "postgresql://me:secret@host/db",
            "postgresql://me:***@host/db is a pattern store: name one of its rule sets, as STORE#NAME; camlode rules "
            "list shows their names",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    PatternStore("p.db", create=True).save_rules("news", rules_to_json(make_rules("x")))
    with pytest.raises(CamlodeError) as refused:
        read_rule_set(address)
    assert str(refused.value) == line


def test_a_rule_set_that_was_changed_past_camlode_is_refused_by_its_name(tmp_path: Path) -> None:
    path = str(tmp_path / "patterns.db")
    PatternStore(path, create=True).save_rules("news", rules_to_json(make_rules("x")))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE rule_sets SET content = replace(content, '\"text\"', '\"txet\"')")
    with pytest.raises(CamlodeError, match=r"^rule set 'news', line \d+: rule 1: there is no field 'txet'"):
        read_rule_set(f"{path}#news")
