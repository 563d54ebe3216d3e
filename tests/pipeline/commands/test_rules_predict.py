"""`camlode rules predict`."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.rules.rule_file import rules_to_json, write_rules
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]

RULES = RuleSet(
    task="multiclass",
    labels=("数码", "食物"),
    rules=(
        Rule("2/数码/1", "数码", "电脑", {"数码": 2.0}),
        Rule("2/食物/1", "食物", "水果", {"食物": 1.0, "数码": -1.0}),
    ),
    biases={"数码": 0.0, "食物": 0.0},
)
MULTILABEL = replace(RULES, task="multilabel", thresholds={"数码": 0.5, "食物": 0.7})

RECORDS: Sequence[dict[str, Any]] = [
    {"id": "a", "text": "水果"},
    {"id": "b", "text": "电脑和水果, 电脑"},
    {"id": "c", "text": "天气\x1b[31m"},
    {"id": "d", "text": 5},
    {"id": "e"},
]


def sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


ANSWERS = [
    # The scores are 1 and -1, and 1 and 1: of the second, the first label is answered.
    {"id": "a", "label": "食物", "probability": pytest.approx(sigmoid(2))},
    {"id": "b", "label": "数码", "probability": pytest.approx(0.5)},
    {"id": "c", "label": None, "probability": None},
]
REASONS = [("d", "text_is_not_a_string"), ("e", "missing_text")]
SUMMARY = "read 5 records: 3 classified, in 1 of them no rule fired; 2 rejected"


@pytest.fixture
def rules_file(tmp_path: Path) -> Any:
    """Writes a rule set into a file; gives its path."""

    def write(rules: RuleSet = RULES) -> Path:
        write_rules(rules, tmp_path / "rules.json")
        return tmp_path / "rules.json"

    return write


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    lines = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
    (tmp_path / "texts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "texts.jsonl"


def parse_lines(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def test_every_record_is_answered_or_rejected(rules_file: Any, texts: Path, camlode: Any) -> None:
    done = camlode("rules", "predict", rules_file(), texts, "--id", "id")
    assert (done.returncode, parse_lines(done.stdout)) == (0, ANSWERS)
    *rejects, summary = done.stderr.splitlines()
    told = [json.loads(line) for line in rejects]
    assert [(each["id"], each["reason"]) for each in told] == REASONS
    assert [each["place"] for each in told] == [f"{texts}:4", f"{texts}:5"]
    assert summary == SUMMARY


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.parquet"])
def test_answers_and_rejects_are_written_to_files(
    rules_file: Any, texts: Path, camlode: Any, tmp_path: Path, name: str
) -> None:
    output, rejects = tmp_path / name, tmp_path / f"rejects-{name}"
    done = camlode("rules", "predict", rules_file(), texts, "--id", "id", "-o", output, "--rejects", rejects)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{SUMMARY}\n")
    assert read_rows(output) == ANSWERS
    assert [(row["id"], row["reason"]) for row in read_rows(rejects)] == REASONS
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def read_rows(path: Path) -> Any:
    return (
        pq.read_table(path).to_pylist() if path.suffix == ".parquet" else parse_lines(path.read_text(encoding="utf-8"))
    )


def test_the_fallback_answers_where_no_rule_fires(rules_file: Any, texts: Path, camlode: Any) -> None:
    done = camlode("rules", "predict", rules_file(replace(RULES, fallback="食物")), texts, "--id", "id")
    assert parse_lines(done.stdout)[2] == {"id": "c", "label": "食物", "probability": None}


def test_several_labels_can_be_answered(rules_file: Any, texts: Path, camlode: Any) -> None:
    done = camlode("rules", "predict", rules_file(MULTILABEL), texts, "--id", "id")
    assert parse_lines(done.stdout) == [
        {"id": "a", "labels": ["食物"], "probabilities": [pytest.approx(sigmoid(1))]},
        {
            "id": "b",
            "labels": ["数码", "食物"],
            "probabilities": [pytest.approx(sigmoid(1)), pytest.approx(sigmoid(1))],
        },
        {"id": "c", "labels": [], "probabilities": None},
    ]


@pytest.mark.parametrize("name", ["answers.jsonl", "answers.parquet"])
def test_explained_answers_tell_the_rules_and_where(
    rules_file: Any, texts: Path, camlode: Any, tmp_path: Path, name: str
) -> None:
    camlode("rules", "predict", rules_file(), texts, "--explain", "-o", tmp_path / name)
    fruit = {"id": "2/食物/1", "label": "食物", "text": "水果", "weight": 1.0}
    computer = {"id": "2/数码/1", "label": "数码", "text": "电脑", "weight": 2.0}
    assert [sorted(row["rules"], key=lambda rule: rule["text"]) for row in read_rows(tmp_path / name)] == [
        [fruit | {"spans": [[0, 2]]}],
        [fruit | {"spans": [[3, 5]]}, computer | {"spans": [[0, 2], [7, 9]]}],
        [],
    ]


def test_without_an_id_texts_are_named_by_their_place(rules_file: Any, texts: Path, camlode: Any) -> None:
    done = camlode("rules", "predict", rules_file(), texts)
    assert [row["id"] for row in parse_lines(done.stdout)] == [f"{texts}:{line}" for line in (1, 2, 3)]


def test_several_files_of_any_format_are_answered_in_their_order(rules_file: Any, camlode: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [7, 8], "body": ["水果", "电脑"]}), tmp_path / "a.parquet")
    (tmp_path / "b.csv").write_text("n,body\n9,电脑\n", encoding="utf-8")
    done = camlode("rules", "predict", rules_file(), tmp_path / "*.*[tv]", "--text", "body", "--id", "n")
    assert [(row["id"], row["label"]) for row in parse_lines(done.stdout)] == [
        ("7", "食物"),
        ("8", "数码"),
        ("9", "数码"),
    ]


def test_rules_of_a_store_classify(two_runs: Any, texts: Path, camlode: Any) -> None:
    two_runs.store.save_rules("news", rules_to_json(RULES))
    assert parse_lines(camlode("rules", "predict", f"{two_runs.path}#news", texts, "--id", "id").stdout) == ANSWERS


def test_many_parts_are_one_answer(
    rules_file: Any, camlode: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camlode.pipeline.predict_corpus.SHARD_DOCUMENTS", 7)
    words = ["水果", "电脑", "天气"] * 20
    (tmp_path / "t.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf-8")
    done = camlode("rules", "predict", rules_file(), tmp_path / "t.txt", "-o", tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table["label"].to_pylist() == ["食物", "数码", None] * 20
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups > 5
    assert done.stderr == "read 60 records: 60 classified, in 20 of them no rule fired; 0 rejected\n"


def test_a_failure_leaves_the_earlier_answers(rules_file: Any, camlode: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("水果\n", encoding="utf-8")
    (tmp_path / "b.jsonl.gz").write_bytes(b"no archive")
    (tmp_path / "answers.jsonl").write_text("earlier", encoding="utf-8")
    done = camlode("rules", "predict", rules_file(), tmp_path, "-o", tmp_path / "answers.jsonl")
    assert done.returncode == 2
    assert (tmp_path / "answers.jsonl").read_text(encoding="utf-8") == "earlier"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--text", "tixt"],
            "{texts} has no column 'tixt' (corpus.text); its columns are: id, text; did you mean 'text'?",
        ),
        (["-o", "gone/a.jsonl"], "gone/a.jsonl cannot be written: No such file or directory"),
        (["-o", "."], ". is a folder: name a file"),
        (["--rejects", "gone/a.jsonl"], "gone/a.jsonl cannot be written: No such file or directory"),
    ],
)
def test_a_mistake_is_one_line(rules_file: Any, texts: Path, run_refused: Any, options: list[str], line: str) -> None:
    assert run_refused("rules", "predict", rules_file(), texts, *options) == line.format(texts=texts)
