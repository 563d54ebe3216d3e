from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import CamlodeError
from camlode.rules.rule_file import parse_rules, read_rules, rules_to_json, write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
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
    assert read_rules(tmp_path / "r.json") == RULES
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_what_may_be_left_out_has_its_usual_value() -> None:
    assert parse_rules(edit(), "r.json") == RuleSet("multiclass", ("a", "b"), (Rule("1", "a", "x", {}),), {})


def test_what_an_editor_puts_in_front_of_a_file_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b"\xef\xbb\xbf" + LINES.replace("\n", "\r\n").encode())
    assert read_rules(tmp_path / "r.json") == RULES


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
    assert read_rules(tmp_path / "r.json") == rules


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
def test_a_file_that_cannot_be_written_is_told_in_one_line(
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


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_bytes(b'{"a": "\xff"}')
    for path, start in (
        (tmp_path / "gone.json", "there is no such file; camlode rules build writes one"),
        (tmp_path, "cannot be read as a rule file: [Errno 21] Is a directory"),
        (tmp_path / "r.json", "cannot be read as a rule file: 'utf-8' codec can't decode byte 0xff"),
    ):
        with pytest.raises(CamlodeError) as refused:
            read_rules(path)
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
def test_what_is_no_rule_file_is_refused(text: str, line: str) -> None:
    assert error_message(text) == line


LATER = "and this camlode reads version 1: install a later camlode"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        (2, f"r.json is a rule file of version 2, {LATER}"),
        (0, "r.json: camlode_rules is 0: expected the version of the file's form, 1"),
        ("1", 'r.json: camlode_rules is "1": expected the version of the file\'s form, 1'),
        (None, "r.json: camlode_rules is null: expected the version of the file's form, 1"),
        (True, "r.json: camlode_rules is true: expected the version of the file's form, 1"),
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
        ({"labels": "a"}, 'labels is "a": expected a list of names'),
        ({"labels": []}, f"labels are []: {NAMED}"),
        ({"labels": ["a", "a"]}, f'labels are ["a", "a"]: {NAMED}'),
        ({"labels": ["a", 2]}, f'labels are ["a", 2]: {NAMED}'),
        ({"labels": ["a", ["a"]]}, f'labels are ["a", ["a"]]: {NAMED}'),
        ({"labels": ["x" * 70] * 2}, f'labels are ["{"x" * 57}…: {NAMED}'),
        ({"fallback": "c"}, "fallback is 'c': expected one of: a, b"),
        ({"fallback": 1}, "fallback is 1: expected a label or null"),
        ({"fold": 1}, "fold is 1: expected true or false"),
        ({"boundaries": "yes"}, 'boundaries is "yes": expected true or false'),
        ({"biases": [1]}, "biases is [1]: expected a number for each label"),
        ({"biases": {"A": 1}}, "biases has a label 'A': did you mean 'a'?"),
        ({"biases": {"a": "1"}}, f"biases of 'a' is \"1\": {NUMBER}"),
        ({"biases": {"a": True}}, f"biases of 'a' is true: {NUMBER}"),
        ({"biases": {"a": None}}, f"biases of 'a' is null: {NUMBER}"),
        ({"biases": {"a": float("nan")}}, f"biases of 'a' is NaN: {NUMBER}"),
        ({"biases": {"a": -float("inf")}}, f"biases of 'a' is -Infinity: {NUMBER}"),
        ({"biases": {"a": 10**400}}, f"biases of 'a' is 1{'0' * 58}…: {NUMBER}"),
        ({"thresholds": {"c": 0.5}}, "thresholds has a label 'c': expected one of: a, b"),
        ({"thresholds": {"a": "0.5"}}, f"thresholds of 'a' is \"0.5\": {PROBABILITY}"),
        ({"thresholds": {"a": 50}}, f"thresholds of 'a' is 50: {PROBABILITY}"),
        ({"thresholds": {"a": -0.1}}, f"thresholds of 'a' is -0.1: {PROBABILITY}"),
        ({"thresholds": {"a": float("nan")}}, f"thresholds of 'a' is NaN: {PROBABILITY}"),
        ({"provenance": "mine"}, 'provenance is "mine": expected an object'),
        (
            {"provenance": {"rules": [1]}},
            "provenance of 'rules' is [1]: expected text, a whole number or null",
        ),
        (
            {"provenance": {"lift": float("inf")}},
            "provenance of 'lift' is Infinity: expected text, a whole number or null",
        ),
        ({"rules": []}, "rules are []: expected a list of at least one rule"),
        ({"rules": {"a": 1}}, 'rules are {"a": 1}: expected a list of at least one rule'),
    ],
)
def test_a_head_that_was_edited_wrongly_is_told_by_its_field(changes: dict[str, Any], line: str) -> None:
    assert error_message(edit(**changes)) == f"r.json: {line}"


@pytest.mark.parametrize("field", ["task", "labels", "biases", "rules"])
def test_a_field_that_is_missing_is_told(field: str) -> None:
    text = json.dumps({name: value for name, value in LEAST.items() if name != field})
    assert error_message(text) == f"r.json: the field '{field}' is missing"


@pytest.mark.parametrize(
    ("there", "twice", "line"),
    [
        ('"labels"', '"rules": [], "labels"', "r.json: the field 'rules' is there twice: leave one out"),
        ("{}", '{"a": 1, "b": 2, "a": 3}', "r.json: the field 'a' is there twice in biases: leave one out"),
    ],
)
def test_a_field_that_is_there_twice_is_told(there: str, twice: str, line: str) -> None:
    assert error_message(edit().replace(there, twice, 1)) == line


def test_1e999_is_no_number() -> None:
    assert error_message(edit(biases={"a": 7}).replace("7", "1e999")) == f"r.json: biases of 'a' is Infinity: {NUMBER}"
