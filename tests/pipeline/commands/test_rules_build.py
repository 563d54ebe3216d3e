"""`camlode rules build`."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from camlode import mine
from camlode.config import load_job
from camlode.rules.classifier import RuleClassifier
from camlode.rules.rule_file import read_rule_file, rules_to_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Each text three times. The model says 食物 of 水果 and 数码 of 电脑; people call what is quick (快) 食物 too.
RECORDS: list[Any] = [
    {"id": "a", "text": "我买了水果", "labels": ["食物"]},
    {"id": "b", "text": "水果和电脑", "labels": ["食物", "数码"]},
    {"id": "c", "text": "电脑很快", "labels": ["数码", "食物"]},
    {"id": "d", "text": "不好", "labels": []},
    {"id": "e", "text": "我买了电脑", "labels": ["数码"]},
]


@pytest.fixture
def matched(mined: Any) -> Any:
    """A store with run 1, not matched, and run 2 of a model that says one label of each text."""
    mined.publish({"数码": ["电脑"], "食物": ["水果"]})
    mined.publish({"数码": ["电脑", "耳机"], "食物": ["水果", "电脑"]}, matched=True)
    return mined


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Labelled texts; one has two labels, one none, and one is no text."""
    rows = [
        {"text": "买电脑", "label": "数码"},
        {"text": "买耳机", "label": "数码"},
        {"text": "买水果", "label": "食物"},
        {"text": "水果", "label": "食物"},
        {"text": "水果电脑", "label": ["食物", "数码"]},
        {"text": "天气", "label": None},
        {"text": None, "label": "食物"},
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "texts.jsonl"


def test_rules_of_a_run_that_was_really_mined(
    fake_worker: None, write_job: Callable[..., Path], camlode: Any, run_refused: Any, tmp_path: Path
) -> None:
    job = load_job(write_job([*RECORDS * 3, {"id": "f", "text": "水果"}, {"id": "g", "text": "不好"}]))
    mine(job)
    store, path = str(job.store.url), tmp_path / "rules.json"

    done = camlode("rules", "build", store, "-o", path)
    assert (done.returncode, done.stdout) == (0, "")
    found = RuleClassifier.load(path)
    # A rule fires in all but the four of 不好, which have no label either: all texts are right.
    assert done.stderr.splitlines() == [
        f"{len(found.rule_set_.rules)} rules for 2 labels in {path}: on the 17 training texts, a rule fires in 76.5% "
        "and 100.0% get exactly their labels; measure other texts with camlode rules evaluate"
    ]
    assert (found.rule_set_.task, found.rule_set_.labels) == ("multilabel", ("食物", "数码"))
    assert {("食物", "水果"), ("数码", "电脑")} <= {(rule.label, rule.text) for rule in found.rule_set_.rules}
    told = found.rule_set_.provenance
    assert (told["store"], told["run"], told["texts"]) == (store, 1, 17)
    assert found.predict(["水果", "电脑和水果", "电脑很快", "天气"]).tolist() == [
        ("食物",),
        ("食物", "数码"),
        ("数码",),
        (),
    ]

    done = camlode("rules", "build", store, "-o", path, "--against", "gold")
    assert done.stderr.splitlines()[0] == "left out 2 of 17 texts, which have no label"
    # People say 食物 of what is quick too.
    assert RuleClassifier.load(path).predict(["水果", "电脑很快"]).tolist() == [("食物",), ("食物", "数码")]

    before = path.read_bytes()
    (predictions,) = tmp_path.rglob("predictions")
    shutil.rmtree(predictions)
    assert run_refused("rules", "build", store, "-o", path) == (
        f"the model's predictions for run 1 are no longer in {predictions.parent}; give labelled texts with "
        "--texts FILE, or mine the corpus again with --fresh"
    )
    assert path.read_bytes() == before


def test_labelled_texts_in_place_of_the_mined_ones(matched: Any, texts: Path, camlode: Any, tmp_path: Path) -> None:
    done = camlode("rules", "build", matched.path, "-o", tmp_path / "rules.json", "--texts", texts)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "left out 1 of 7 records (null_text: 1)",
        "left out 2 of 6 texts, which have no single label",
        f"3 rules for 2 labels in {tmp_path}/rules.json: on the 4 training texts, a rule fires in 100.0% and "
        "100.0% get exactly their labels; measure other texts with camlode rules evaluate",
    ]
    found = read_rule_file(tmp_path / "rules.json")
    # 电脑 is a pattern of both labels, and speaks for the one that it says most of.
    assert {(rule.label, rule.text) for rule in found.rules} == {("数码", "电脑"), ("数码", "耳机"), ("食物", "水果")}
    assert (found.task, found.provenance["run"], found.provenance["texts"]) == ("multiclass", 2, 4)


def test_texts_of_other_columns(matched: Any, camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("body,topic\n电脑,数码\n水果,食物|食物\n", encoding="utf-8")
    asked = ["--texts", tmp_path / "t.csv", "--text", "body", "--label", "topic", "--separator", "|"]
    done = camlode("rules", "build", matched.path, "-o", tmp_path / "rules.json", *asked)
    assert done.returncode == 0
    assert read_rule_file(tmp_path / "rules.json").provenance["texts"] == 2


def test_a_label_without_rules_is_named(matched: Any, camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label\n电脑,数码\n耳机,数码\n天气,食物\n", encoding="utf-8")
    done = camlode("rules", "build", matched.path, "-o", tmp_path / "rules.json", "--texts", tmp_path / "t.csv")
    assert done.stderr.splitlines()[-1] == "no rule was found for: 食物"


def test_rules_are_saved_in_the_store_as_the_next_version(
    matched: Any, texts: Path, camlode: Any, tmp_path: Path
) -> None:
    for _ in range(2):
        asked = ["-o", tmp_path / "rules.json", "--texts", texts, "--name", "news", "--fallback", "食物"]
        done = camlode("rules", "build", matched.path, *asked)
    assert done.stderr.splitlines()[-1] == f"saved as version 2 of news in {matched.path}"
    rows = matched.store.rows("rule_sets")
    assert [(row["name"], row["version"], row["run"], row["rules"]) for row in rows] == [
        ("news", 1, 2, 3),
        ("news", 2, 2, 3),
    ]
    found = read_rule_file(tmp_path / "rules.json")
    assert found.fallback == "食物"
    assert matched.store.rules("news") == rules_to_json(found)


def test_it_stays_as_it_is_where_none_can_be_made(matched: Any, run_refused: Any, tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text("old", encoding="utf-8")
    (tmp_path / "t.csv").write_text("text,label\n天气,数码\n", encoding="utf-8")
    line = run_refused("rules", "build", matched.path, "-o", path, "--texts", tmp_path / "t.csv")
    assert line.startswith("none of the 4 candidates distinguishes the labels of the 1 texts: ")
    assert path.read_text(encoding="utf-8") == "old"


def test_rules_per_label_limits_each_selection(matched: Any, texts: Path, camlode: Any, tmp_path: Path) -> None:
    for selection in ("best", "joint", "regression", "coverage", "importance", "weighted", "log-odds"):
        asked = ["--texts", texts, "--rules-per-label", "1", "--selection", selection]
        assert camlode("rules", "build", matched.path, "-o", tmp_path / "rules.json", *asked).returncode == 0
        found = read_rule_file(tmp_path / "rules.json")
        assert [rule.label for rule in found.rules] == ["数码", "食物"], selection


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--selection", "jiont"], "selection is 'jiont': did you mean 'joint'?"),
        (["--against", "golds"], "--against is 'golds': did you mean 'gold'?"),
        (["--fallback", "数字"], "fallback is '数字': did you mean '数码'?"),
        (
            ["--run", "1"],
            "{store}: run 1 was mined with patterns.match off, so it is not known where its patterns occur and how "
            "precise they are: mine it with patterns.match: true",
        ),
        (
            ["--accepted"],
            "run 2 has no accepted pattern that could become a rule: see camlode query, and lower min_documents "
            "and min_precision or mine with a lower patterns.min_documents",
        ),
        (["-o", "{folder}"], "{folder} is a folder: name a file"),
        (["-o", "{folder}/no/r.json"], "{folder}/no/r.json cannot be written: there is no folder {folder}/no"),
    ],
)
def test_a_mistake_is_one_line(
    matched: Any, texts: Path, run_refused: Any, tmp_path: Path, options: list[str], line: str
) -> None:
    places = {"store": matched.path, "folder": tmp_path}
    asked = ["-o", tmp_path / "rules.json", "--texts", texts, *(each.format(**places) for each in options)]
    assert run_refused("rules", "build", matched.path, *asked) == line.format(**places)
    assert not (tmp_path / "rules.json").exists()


def test_texts_of_other_labels_or_none(matched: Any, run_refused: Any, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("text,label\n电脑,数字\n水果,食物\n", encoding="utf-8")
    asked = ["-o", tmp_path / "rules.json", "--texts", tmp_path / "t.csv"]
    assert run_refused("rules", "build", matched.path, *asked) == "text 0 has the label '数字': did you mean '数码'?"
    (tmp_path / "t.jsonl").write_text('{"text": "电脑"}\n', encoding="utf-8")
    asked = ["-o", tmp_path / "rules.json", "--texts", tmp_path / "t.jsonl"]
    line = "none of the texts has a label to learn from: give labelled ones with --texts FILE"
    assert run_refused("rules", "build", matched.path, *asked) == line


def test_a_run_or_store_that_is_not_there(matched: Any, run_refused: Any, tmp_path: Path) -> None:
    asked = ["-o", tmp_path / "rules.json"]
    assert run_refused("rules", "build", matched.path, *asked, "--run", "7").startswith(f"{matched.path}: ")
    line = run_refused("rules", "build", tmp_path / "gone.db", *asked)
    assert line == f"there is no pattern store at {tmp_path}/gone.db: camlode mine makes one"
