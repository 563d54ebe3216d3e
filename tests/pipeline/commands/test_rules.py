"""`camlode rules list`, `show` and `save`."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from camlode.rules.rule_file import read_rule_file, rules_to_json, write_rules
from camlode.rules.rule_set import Rule, RuleSet
from camlode.sql import RuleMeasure

if TYPE_CHECKING:
    from pathlib import Path

RULES = RuleSet(
    task="multiclass",
    labels=("数码", "食物"),
    rules=(
        Rule("2/数码/1", "数码", "电脑", {"数码": 1.5, "食物": -0.5}, {"precision": 0.75, "documents": 4}),
        Rule("2/食物/1", "食物", "水果[b]", {"食物": 2.0}, {"documents": 3, "label": 7}),
    ),
    biases={"数码": 0.25, "食物": 0.0},
    provenance={"store": "patterns.db", "run": 2, "model": "cnn", "model_digest": "d2"},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_rules(RULES, tmp_path / "rules.json")
    return tmp_path / "rules.json"


@pytest.fixture
def saved(two_runs: Any) -> Any:
    """A store with two versions of a rule set, of which the first was measured on two corpora."""
    measures = [
        RuleMeasure("test", "gold", "accuracy", 0.75),
        RuleMeasure("test", "gold", "coverage", 0.5),
        RuleMeasure("test", "gold", "documents", 40),
        RuleMeasure("other", "model", "accuracy", 0.25),
    ]
    two_runs.store.save_rules("news", rules_to_json(RULES), 2, measures, author="anna")
    two_runs.store.save_rules("news", rules_to_json(RULES))
    return two_runs


def test_rule_sets_are_listed_with_their_measures(saved: Any, camlode: Any) -> None:
    head, *rows = camlode("rules", "list", saved.path).stdout.splitlines()
    assert " ".join(head.split()) == (
        "name version run task labels rules author created corpus against accuracy coverage"
    )
    assert [row.split()[:7] for row in rows] == [
        ["news", "1", "2", "multiclass", "2", "2", "anna"],
        ["news", "1", "2", "multiclass", "2", "2", "anna"],
        ["news", "2", "multiclass", "2", "2", rows[2].split()[5], rows[2].split()[6]],
    ]
    assert [row.split()[9:] for row in rows[:2]] == [["other", "model", "0.25"], ["test", "gold", "0.75", "0.5"]]


def test_rule_sets_as_csv_have_all_columns(saved: Any, camlode: Any) -> None:
    rows = [*csv.DictReader(io.StringIO(camlode("rules", "list", saved.path, "--format", "csv").stdout))]
    assert [(row["version"], row["corpus"], row["accuracy"], row["micro_f1"]) for row in rows] == [
        ("1", "other", "0.25", ""),
        ("1", "test", "0.75", ""),
        ("2", "", "", ""),
    ]


def test_rule_sets_as_json_have_their_measures_within(saved: Any, camlode: Any) -> None:
    first, second = json.loads(camlode("rules", "list", saved.path, "--format", "json").stdout)
    assert first["evaluations"][0] == {"corpus": "other", "against": "model", "measure": "accuracy", "value": 0.25}
    assert (second["version"], second["run"], second["evaluations"]) == (2, None, [])


def test_no_rule_set_is_said_on_standard_error(two_runs: Any, camlode: Any) -> None:
    done = camlode("rules", "list", two_runs.path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "the store has no rule set yet\n")


def test_rules_are_shown_with_what_was_known_of_them(file: Path, camlode: Any, parse_table: Any) -> None:
    assert parse_table(camlode("rules", "show", file).stdout) == [
        ["id", "label", "text", "weight", "precision", "documents"],
        ["2/数码/1", "数码", "电脑", "1.5", "0.75", "4"],
        ["2/食物/1", "食物", "水果[b]", "2", "3"],
    ]


@pytest.mark.parametrize("output_format", ["json", "jsonl"])
def test_rules_as_json_are_as_in_their_file(file: Path, camlode: Any, output_format: str) -> None:
    printed = camlode("rules", "show", file, "--label", "数码", "--format", output_format).stdout
    row = json.loads(printed)[0] if output_format == "json" else json.loads(printed)
    assert row == json.loads(file.read_text(encoding="utf-8"))["rules"][0]


def test_rules_of_a_store_are_shown_as_csv(saved: Any, camlode: Any) -> None:
    printed = camlode("rules", "show", f"{saved.path}#news@1", "--format", "csv").stdout
    assert printed.splitlines()[0] == "id,label,text,weight,precision,documents"
    assert printed.splitlines()[2] == "2/食物/1,食物,水果[b],2.0,,3"


def test_an_edited_file_becomes_the_next_version(saved: Any, file: Path, camlode: Any, tmp_path: Path) -> None:
    edited = file.read_text(encoding="utf-8").replace("1.5", "3.5")
    file.write_text(edited, encoding="utf-8")
    done = camlode("rules", "save", file, saved.path, "--name", "news", "--author", "berta")
    assert (done.stdout, done.stderr) == ("", f"saved as version 3 of news in {saved.path}\n")
    row = saved.store.rows("rule_sets", name="news")[-1]
    # It is of run 2: the store's run of that number has the same model.
    assert (row["version"], row["run"], row["author"], row["rules"]) == (3, 2, "berta", 2)
    (tmp_path / "back.json").write_text(saved.store.rules("news"), encoding="utf-8")
    assert read_rule_file(tmp_path / "back.json").rules[0].weights == {"数码": 3.5, "食物": -0.5}


def test_rules_of_another_store_are_of_no_run_of_this_one(mined: Any, file: Path, camlode: Any) -> None:
    mined.publish({"数码": ["电脑"]})
    mined.publish({"数码": ["电脑"]})  # run 2 is of a model with another digest
    assert camlode("rules", "save", file, mined.path, "--name", "a", "--author", "").returncode == 0
    (row,) = mined.store.rows("rule_sets")
    assert (row["run"], row["author"]) == (None, "")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["show", "{file}", "--label", "数字"], "there is no label '数字': did you mean '数码'?"),
        (["show", "gone.json"], "gone.json: there is no such file; camlode rules build writes one"),
        (["list", "gone.db"], "there is no pattern store at gone.db: camlode mine makes one"),
        (["save", "{file}", "gone.db", "--name", "a"], "there is no pattern store at gone.db: camlode mine makes one"),
        (
            ["save", "{file}", "{store}", "--name", "a#b"],
            "a rule set cannot be called 'a#b': expected 1 to 200 characters without # and @, and no space at either "
            "end",
        ),
    ],
)
def test_a_mistake_is_one_line(two_runs: Any, file: Path, run_refused: Any, arguments: list[str], line: str) -> None:
    assert run_refused("rules", *(each.format(file=file, store=two_runs.path) for each in arguments)) == line


def test_a_rule_that_was_edited_wrongly_is_named_by_line_and_field(file: Path, run_refused: Any) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("1.5", '"much"'), encoding="utf-8")
    line = run_refused("rules", "show", file)
    assert line == f"{file}, line 12: rule 1: weights of '数码' is \"much\": expected a number"
