from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import CamlodeError
from camlode.rules.rule_file import parse_rules, rules_to_json
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = RuleSet(
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


def error_message(text: str) -> str:
    with pytest.raises(CamlodeError) as refused:
        parse_rules(text, "r.json")
    line = str(refused.value)
    assert "\n" not in line
    return line


def edit(number: int, rule: Any) -> str:
    """The file as camlode writes it, with another rule in the place of one: rule 1 is on line 12."""
    lines = rules_to_json(RULES).splitlines(keepends=True)
    assert f'"r{number}"' in lines[10 + number]
    lines[10 + number] = f"{json.dumps(rule)}{',' * (number < 3)}\n"
    return "".join(lines)


def change_field(**changes: Any) -> dict[str, Any]:
    return {"id": "r2", "label": "b", "text": "y", "weights": {"b": 1}} | changes


def without(field: str) -> dict[str, Any]:
    return {name: value for name, value in change_field().items() if name != field}


@pytest.mark.parametrize(
    ("rule", "field", "what"),
    [
        (change_field(wieght=1), "wieght", "there is no such field: did you mean 'weights'?"),
        (without("id"), "id", "it is missing"),
        (without("label"), "label", "it is missing"),
        (without("text"), "text", "it is missing"),
        (without("weights"), "weights", "it is missing"),
        (change_field(id=2), "id", "it is 2: expected text"),
        (change_field(id=""), "id", 'it is "": expected text'),
        (change_field(label=["b"]), "label", 'it is ["b"]: expected text'),
        (change_field(label="B"), "label", "there is no label 'B': did you mean 'b'?"),
        (change_field(text=""), "text", 'it is "": expected text'),
        (change_field(text=None), "text", "it is null: expected text"),
        (change_field(weights=1.5), "weights", "it is 1.5: expected an object of numbers"),
        (change_field(weights=None), "weights", "it is null: expected an object of numbers"),
        (change_field(weights={"c": 1}), "weights", "there is no label 'c': expected one of: a, b, \"rules\": [{"),
        (change_field(weights={"b": "1"}), "weights", "'b' is \"1\": expected a number"),
        (change_field(weights={"b": None}), "weights", "'b' is null: expected a number"),
        (change_field(weights={"b": True}), "weights", "'b' is true: expected a number"),
        (change_field(weights={"b": float("nan")}), "weights", "'b' is NaN: expected a number"),
        (change_field(weights={"b": float("inf")}), "weights", "'b' is Infinity: expected a number"),
        (change_field(weights={"b": -(10**400)}), "weights", f"'b' is -1{'0' * 58}: expected a number"),
        (change_field(statistics=[]), "statistics", "it is []: expected an object of numbers"),
        (change_field(statistics={"lift": "high"}), "statistics", "'lift' is \"high\": expected a number"),
        (change_field(statistics={"lift": float("nan")}), "statistics", "'lift' is NaN: expected a number"),
        (change_field(id="r1"), "id", "rule 1 has the same id: leave one out"),
        (
            change_field(text="X"),
            "text",
            "rule 1 has the same text: leave one out and give the other both's weights",
        ),
    ],
)
def test_a_rule_that_was_edited_wrongly_is_told_by_line_and_field(rule: Any, field: str, what: str) -> None:
    assert error_message(edit(2, rule)) == f"r.json, line 13: rule 2, field '{field}': {what}"


@pytest.mark.parametrize("rule", [None, "x", ["id", "label"], 3])
def test_a_rule_that_is_no_object_is_told_by_its_line(rule: Any) -> None:
    expected = "r.json, line 14: rule 3: a rule is an object with id, label, text and weights"
    assert error_message(edit(3, rule)) == expected


@pytest.mark.parametrize(
    ("there", "twice", "field", "which"),
    [
        ('"text": "z"', '"text": "y", "text": "z"', "text", "'text'"),
        ('"weights": {}', '"weights": {"a": 1, "a": 2}', "weights", "'a'"),
        ('"statistics": {}', '"statistics": {"lift": 1, "lift": 2}', "statistics", "'lift'"),
    ],
)
def test_what_is_there_twice_in_a_rule_is_told(there: str, twice: str, field: str, which: str) -> None:
    head, rule = rules_to_json(RULES).rsplit('{"id": "r3"', 1)
    text = f'{head}{{"id": "r3"{rule.replace(there, twice)}'
    assert error_message(text) == f"r.json, line 14: rule 3, field '{field}': {which} is there twice: leave one out"


def test_letters_that_differ_in_case_are_two_texts_where_case_counts() -> None:
    text = edit(2, change_field(text="X")).replace('"fold": true', '"fold": false')
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
    content = json.loads(rules_to_json(RULES))
    content["rules"][number - 1]["label"] = "c"
    text = written(content)
    begins = text.rindex("{", 0, text.index(f'"r{number}"'))
    line = 1 + text[:begins].count("\n")
    assert error_message(text).startswith(f"r.json, line {line}: rule {number}, field 'label': there is no label 'c'")


def test_the_first_mistake_is_told() -> None:
    content = json.loads(rules_to_json(RULES))
    for rule in content["rules"][1:]:
        del rule["text"]
    assert "rule 2, field 'text'" in error_message(json.dumps(content))
