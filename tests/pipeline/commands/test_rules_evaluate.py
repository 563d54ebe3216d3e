"""`camlode rules evaluate`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.rules.rule_file import rules_to_json, write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from pathlib import Path

RULES = RuleSet(
    task="multiclass",
    labels=("food", "tech"),
    rules=(
        Rule("1/food/1", "food", "apple", {"food": 1.0}),
        Rule("1/food/2", "food", "pear", {"food": 1.0}),
        Rule("1/tech/1", "tech", "[phone]", {"tech": 2.0}),
        Rule("1/tech/2", "tech", "fax", {"tech": 1.0}),
    ),
    biases={},
)
# Answered food, tech, tech and nothing; the last but one has no label and the last no text.
RECORDS = [
    {"text": "apple pear", "label": "food"},
    {"text": "apple [phone]", "label": "tech"},
    {"text": "[phone]", "label": "tech"},
    {"text": "nothing", "label": "food"},
    {"text": "pear", "label": None},
    {"text": None, "label": "food"},
]
MEASURES = {
    "texts": 5,
    "documents": 4,
    "coverage": 0.8,
    "conflicts": 0.2,
    "accuracy": 0.75,
    "covered_accuracy": 1.0,
    "micro_f1": None,
    "macro_f1": pytest.approx(5 / 6),
}
LEFT_OUT = "left out 1 of 6 records (null_text: 1)\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    write_rules(RULES, tmp_path / "rules.json")
    return tmp_path / "rules.json"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    lines = [json.dumps(record) for record in RECORDS]
    (tmp_path / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "test.jsonl"


def test_the_measures_of_the_set(rules: Path, corpus: Path, camlode: Any) -> None:
    done = camlode("rules", "evaluate", rules, corpus)
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["measure", "value"],
        ["documents", "4"],
        ["accuracy", "0.75"],
        ["macro_f1", "0.8333"],
        ["coverage", "0.8"],
        ["covered_accuracy", "1"],
        ["conflicts", "0.2"],
    ]
    assert (done.returncode, done.stderr) == (0, LEFT_OUT)


def test_against_the_model_accuracy_is_fidelity(rules: Path, corpus: Path, camlode: Any) -> None:
    done = camlode("rules", "evaluate", rules, corpus, "--against", "model")
    assert done.stdout.splitlines()[2].split()[:2] == ["fidelity", "0.75"]


def test_per_rule_adds_a_table_of_the_rules(rules: Path, corpus: Path, camlode: Any, parse_table: Any) -> None:
    printed = camlode("rules", "evaluate", rules, corpus, "--per-rule").stdout
    assert parse_table(printed.partition("\n\n")[2]) == [
        ["rule", "text", "polarity", "coverage", "overlaps", "conflicts", "correct", "incorrect", "precision"],
        ["1/food/1", "apple", "food", "0.4", "0.4", "0.2", "1", "1", "0.5"],
        ["1/food/2", "pear", "food", "0.4", "0.2", "0", "1", "0", "1"],
        ["1/tech/1", "[phone]", "tech", "0.4", "0.2", "0.2", "2", "0", "1"],
        ["1/tech/2", "fax", "tech", "0", "0", "0", "0", "0"],
    ]


def test_intervals_and_a_baseline(rules: Path, corpus: Path, camlode: Any, parse_table: Any, tmp_path: Path) -> None:
    # Without "[phone]" the second and the third text are wrong: 1 of 4 in place of 3.
    write_rules(replace(RULES, rules=RULES.rules[:2]), tmp_path / "fewer.json")
    asked = ("rules", "evaluate", rules, corpus, "--baseline", tmp_path / "fewer.json")
    found = json.loads(camlode(*asked, "--format", "json").stdout)
    assert found["baseline"] == str(tmp_path / "fewer.json")
    accuracy = found["certainty"]["accuracy"]
    assert accuracy["measure"] == {"mean": 0.75, "low": 0.25, "high": 1.0}
    assert (accuracy["difference"]["mean"], accuracy["difference"]["low"]) == (0.5, 0.0)
    shown = camlode(*asked).stdout.splitlines()
    assert shown[0].split("  ")[0] == "measure"
    assert "95 % interval" in shown[0]
    assert "above the baseline" in shown[0]
    assert "0.2500 to 1.0000" in shown[2]
    assert "+0.5000 (+0.0000 to +1.0000)" in shown[2]


def test_intervals_alone(rules: Path, corpus: Path, camlode: Any) -> None:
    shown = camlode("rules", "evaluate", rules, corpus, "--intervals").stdout.splitlines()
    assert "above the baseline" not in shown[0]
    assert "0.2500 to 1.0000" in shown[2]


def test_a_baseline_of_another_kind(rules: Path, corpus: Path, camlode: Any, tmp_path: Path) -> None:
    write_rules(replace(RULES, task="multilabel"), tmp_path / "other.json")
    done = camlode("rules", "evaluate", rules, corpus, "--baseline", tmp_path / "other.json")
    line = "camlode: the baseline's rules are multilabel: expected multiclass ones, as the others are\n"
    assert (done.returncode, done.stderr) == (2, LEFT_OUT + line)


def test_all_of_it_as_json(rules: Path, corpus: Path, camlode: Any) -> None:
    found = json.loads(camlode("rules", "evaluate", rules, corpus, "--format", "json").stdout)
    assert found == {"rules": str(rules), "corpus": "test", "against": "gold", **MEASURES}
    asked = ["--format", "json", "--per-rule", "--corpus", "news", "--against", "model"]
    found = json.loads(camlode("rules", "evaluate", rules, corpus, *asked).stdout)
    assert (found["corpus"], found["against"], len(found["per_rule"])) == ("news", "model", 4)
    assert found["per_rule"][0]["precision"] == 0.5


@pytest.mark.parametrize("separator", ["|", None])
def test_several_labels(tmp_path: Path, camlode: Any, separator: str | None) -> None:
    write_rules(replace(RULES, task="multilabel"), tmp_path / "rules.json")
    labels = [["food"], ["tech", "food"], ["food", "tech"], []]
    texts = [record["text"] for record in RECORDS[:4]]
    told = ["|".join(each) for each in labels] if separator else labels
    pq.write_table(pa.table({"body": texts, "topics": told}), tmp_path / "t.parquet")
    asked = ["--text", "body", "--label", "topics", "--format", "json", *(["--separator", "|"] if separator else [])]
    found = json.loads(camlode("rules", "evaluate", tmp_path / "rules.json", tmp_path / "t.parquet", *asked).stdout)
    # Probabilities reach 0.5 without any weight, so that both labels are answered wherever a rule fires.
    assert (found["documents"], found["accuracy"]) == (4, 0.75)
    assert found["micro_f1"] == pytest.approx(2 * 5 / (6 + 5))


def test_the_curve_is_drawn(rules: Path, corpus: Path, camlode: Any, tmp_path: Path) -> None:
    done = camlode("rules", "evaluate", rules, corpus, "--plot", tmp_path / "curve.png")
    assert (done.returncode, done.stderr) == (0, f"{LEFT_OUT}wrote {tmp_path}/curve.png\n")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_measures_are_saved_with_their_version(two_runs: Any, corpus: Path, camlode: Any) -> None:
    for _ in range(2):
        two_runs.store.save_rules("news", rules_to_json(RULES))
    done = camlode("rules", "evaluate", f"{two_runs.path}#news@1", corpus, "--save")
    assert done.stderr == f"{LEFT_OUT}saved the measures with news in {two_runs.path}\n"
    first, second = two_runs.store.rows("rule_sets")
    assert {each["measure"]: each["value"] for each in first["evaluations"]} == {
        name: value for name, value in MEASURES.items() if name not in ("texts", "micro_f1")
    }
    assert {(each["corpus"], each["against"]) for each in first["evaluations"]} == {("test", "gold")}
    assert second["evaluations"] == []


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--label", "topic"], "there is nothing to evaluate rules on: none of the 5 texts has a label"),
        (
            ["--label", "text"],
            "none of the texts' labels is one of the rules': expected food, tech; got [phone], apple [phone], "
            "apple pear, nothing, pear",
        ),
        (["--save"], "--save needs a rule set of a store: name it as STORE#NAME, or leave --save out"),
    ],
)
def test_a_mistake_is_one_line(
    rules: Path, tmp_path: Path, corpus: Path, run_refused: Any, options: list[str], line: str
) -> None:
    lines = corpus.read_text(encoding="utf-8").splitlines()[:5]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    assert run_refused("rules", "evaluate", rules, corpus, *options) == line
