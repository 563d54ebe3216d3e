from __future__ import annotations

import csv
import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from camlode.pipeline.commands.export import FORMATS
from camlode.rules.exports import EXPORTERS, grasp
from camlode.rules.rule_file import write_rules
from camlode.rules.rule_set import Rule, RuleSet
from camlode.sql.query.patterns import MEASURES, ORDERS

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = ["id", "label", "fragment", "run", "rank", *MEASURES, "review"]


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    """Three rules of two labels."""
    rules = (
        Rule("2/数码/1", "数码", "电脑", {"数码": 2.5, "食物": -1.0}, {"precision": 0.75}),
        Rule("2/食物/1", "食物", "水果", {"食物": 1.5}),
        Rule("mine", "数码", "3G", {"数码": 1.0}),
    )
    write_rules(RuleSet("multiclass", ("数码", "食物"), rules, {"数码": 0.0, "食物": 0.0}), tmp_path / "rules.json")
    return tmp_path / "rules.json"


def ids(done: Any) -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line)["id"] for line in done.stdout.splitlines()]


def test_a_store_is_exported_with_all_that_is_known(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("水果", "食物", "accepted")
    found = {form: camlode("export", two_runs.path, "--format", form).stdout for form in ("csv", "jsonl")}
    rows = list(csv.DictReader(io.StringIO(found["csv"])))
    objects = [json.loads(line) for line in found["jsonl"].splitlines()]
    assert list(rows[0]) == list(objects[0]) == COLUMNS
    assert [row["id"] for row in rows] == ["2/数码/1", "2/数码/2", "2/食物/1", "2/食物/2"]
    assert [str(value or "") for value in objects[3].values()] == list(rows[3].values())
    assert {name: objects[3][name] for name in ("run", "rank", "fragment", "precision", "maximal", "review")} == {
        "run": 2,
        "rank": 2,
        "fragment": "水果",
        "precision": 0.75,
        "maximal": True,
        "review": "accepted",
    }


def test_parquet_has_the_types_of_a_store(two_runs: Any, camlode: Any, tmp_path: Path) -> None:
    done = camlode("export", two_runs.path, "--format", "parquet", "--run", 1, "-o", tmp_path / "p.parquet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    table = pq.read_table(tmp_path / "p.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert list(types) == COLUMNS
    assert [types[name] for name in ("id", "run", "importance", "matched_documents", "precision", "maximal")] == [
        "string",
        "int64",
        "double",
        "int64",
        "double",
        "bool",
    ]
    assert table["fragment"].to_pylist() == ["电脑", "耳机", "水果"]
    assert table["matched_documents"].null_count == 3


def test_what_reviews_are_against_is_left_out(two_runs: Any, camlode: Any) -> None:
    for fragment, status in (("电脑", "rejected"), ("图", "spurious"), ("水果", "accepted")):
        label = "食物" if fragment == "水果" else "数码"
        two_runs.store.review(fragment, label, status)
    assert ids(camlode("export", two_runs.path, "--format", "jsonl")) == ["2/食物/1", "2/食物/2"]


OPTIONS = [
    (["--label", "数码"], ["1/数码/1", "1/数码/2", "1/数码/3"]),
    (["--top", "1"], ["1/数码/1", "1/食物/1"]),
    (["--order", "mean", "--top", "2"], ["1/数码/2", "1/数码/1", "1/食物/1"]),
    (["--order", "precision"], ["1/数码/3", "1/数码/1", "1/数码/2", "1/食物/1"]),
    (["--min-precision", "0.9"], ["1/数码/3"]),
    (["--run", "1"], ["1/数码/1", "1/数码/2", "1/数码/3", "1/食物/1"]),
]


def test_options_choose_and_order(mined: Any, camlode: Any) -> None:
    changes = {"d2": {"mean": 9.0}, "d3": {"precision": 0.95}}
    mined.publish({"数码": ["d1", "d2", "d3"], "食物": ["f1"]}, changes, matched=True)
    for options, found in OPTIONS:
        assert ids(camlode("export", mined.path, "--format", "jsonl", *options)) == found, options


def test_a_rule_file_is_exported_by_label(rule_file: Path, camlode: Any) -> None:
    done = camlode("export", rule_file, "--format", "csv")
    assert done.stdout == (
        "id,label,fragment,weights,precision\n"
        '2/数码/1,数码,电脑,"{""数码"": 2.5, ""食物"": -1.0}",0.75\n'
        'mine,数码,3G,"{""数码"": 1.0}",\n'
        '2/食物/1,食物,水果,"{""食物"": 1.5}",\n'
    )
    assert ids(camlode("export", rule_file, "--format", "jsonl", "--label", "食物")) == ["2/食物/1"]


@pytest.mark.parametrize("form", [form for form in EXPORTERS if form != "grasp"])
def test_every_format_takes_stores_and_rule_files(
    two_runs: Any, rule_file: Path, camlode: Any, tmp_path: Path, form: str
) -> None:
    for number, source in enumerate((two_runs.path, rule_file)):
        done = camlode("export", source, "--format", form, "-o", tmp_path / f"out{number}")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        if form not in ("parquet", "words", "jieba"):
            text = (tmp_path / f"out{number}").read_bytes().decode()
            assert text == camlode("export", source, "--format", form).stdout


def test_words_of_a_char_store_are_matched_everywhere(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["art"]}, unit="char")
    assert "boundaries=False" in camlode("export", mined.path, "--format", "python").stdout


def test_what_a_format_cannot_express_is_counted(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["电脑", "图\n片", "a\u2028b"]})
    done = camlode("export", mined.path, "--format", "words", "--label", "数码")
    assert (done.returncode, done.stdout) == (0, "电脑\n")
    assert done.stderr == "words cannot express 2 of the patterns, which hold a line break: left out\n"


def test_nothing_steers_a_terminal(mined: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    mined.publish({"数码": ["\x1b[31m\u202e电脑", "图\n片"]})
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    for form in sorted(EXPORTERS.keys() - {"parquet", "grasp"}):
        done = camlode("export", mined.path, "--format", form, *(["--language", "zh"] if form == "spacy" else []))
        assert not {"\x1b", "\u202e"} & set(done.stdout)


def test_help_names_all_formats_and_orders(camlode: Any) -> None:
    assert "|".join(EXPORTERS) == FORMATS
    words = camlode("export", "--help").stdout
    assert f"--format {FORMATS}\n" in words
    assert f"--order {'|'.join(ORDERS)}\n" in words


EXAMPLES = [
    {"label": "数码", "fragment": "电脑", "left": "买了", "right": "很快"},
    {"label": "数码", "fragment": "图", "left": "", "right": "!"},
    {"label": "数码", "fragment": "电脑", "kind": "counter", "left": "修", "right": "的", "importance": None},
    {"label": "食物", "fragment": "水果"},
]


def test_grasp_has_what_its_explorer_reads(mined: Any, camlode: Any) -> None:
    changes = {"图": {"predicted_documents": 2}}
    mined.publish({"数码": ["电脑", "图", "'"], "食物": ["水果"]}, changes, matched=True, examples=EXAMPLES)
    content = json.loads(camlode("export", mined.path, "--format", "grasp", "--label", "数码").stdout)
    assert list(content) == ["configuration", "alphabet", "rules", "dataset"]
    # Of 60 matched documents 40 were predicted the label; the first is in 8, of which 6 were.
    assert content["dataset"]["info"] == {"total": 60, "#pos": 40, "#neg": 20}
    first, second, third = content["rules"]
    assert first == {
        "index": 0,
        "id": "1/数码/1",
        "pattern": "[['TEXT:电脑']]",
        "meaning": 'The fragment "电脑"',
        "class": "pos",
        "#pos": 6,
        "#neg": 2,
        "score": 12.0,
        "coverage": 8 / 60,
        "precision": 6 / 8,
        "recall": 6 / 40,
        "F1": 2 * (6 / 8) * (6 / 40) / (6 / 8 + 6 / 40),
        "pos_example_labels": [True, False],
        "neg_example_labels": [True],
    }
    # Most documents with the second are negative, so its precision and recall are for those.
    names = ("class", "#pos", "#neg", "precision", "recall")
    assert [second[name] for name in names] == ["neg", 2, 6, 6 / 8, 6 / 20]
    assert (second["pos_example_labels"], second["neg_example_labels"]) == ([False, True], [False])
    assert eval(third["pattern"], {"__builtins__": {}}) == [["TEXT:'"]]
    assert content["dataset"]["pos_exs"] == [
        {
            "idx": 0,
            "text": "买了电脑很快",
            "tokens": ["买了", "电脑", "很快"],
            "label": "pos",
            "rules": [[], [0], []],
            "class": [[], [1], []],
        },
        {
            "idx": 1,
            "text": "图!",
            "tokens": ["", "图", "!"],
            "label": "pos",
            "rules": [[], [1], []],
            "class": [[], [-1], []],
        },
    ]
    assert [example["text"] for example in content["dataset"]["neg_exs"]] == ["修电脑的"]


def test_grasp_fills_every_field_that_a_page_formats(mined: Any, camlode: Any) -> None:
    """The pages of the explorer format these as numbers, or take their lengths."""
    mined.publish({"数码": ["电脑"]}, matched=True)
    content = json.loads(camlode("export", mined.path, "--format", "grasp", "--label", "数码").stdout)
    numbers = ("min_freq_threshold", "correlation_threshold", "alphabet_size", "num_patterns", "max_len")
    assert all(isinstance(content["configuration"][name], int | float) for name in numbers)
    assert [content["configuration"][name] for name in ("include_standard", "include_custom")] == [["TEXT"], []]
    assert {"window_size", "gaps_allowed", "gain_criteria", "min_coverage_threshold", "comment"} <= set(
        content["configuration"]
    )
    figures = ("coverage", "score", "precision", "recall", "F1")
    assert all(isinstance(content["rules"][0][name], float) for name in figures)


def test_a_pattern_that_nobody_matched_has_no_precision(mined: Any, camlode: Any) -> None:
    counts = ("matched_documents", "predicted_documents", "labelled_documents", "gold_documents")
    mined.publish({"数码": ["电脑"]}, {"电脑": dict.fromkeys(counts, 0)}, matched=True)
    content = json.loads(camlode("export", mined.path, "--format", "grasp", "--label", "数码").stdout)
    assert [content["rules"][0][name] for name in ("precision", "recall", "F1")] == [0.0, 0.0, 0.0]


def test_grasp_takes_no_more_than_a_page_holds(mined: Any, run_refused: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grasp, "MAX_PATTERNS", 2)
    mined.publish({"数码": ["a", "b", "c"]}, matched=True)
    assert run_refused("export", mined.path, "--format", "grasp", "--label", "数码") == (
        "GrASP's explorer shows all patterns on one page, so at most 2: use --top for the first"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{store}", "--format", "spacey"], "there is no format 'spacey': did you mean 'spacy'?"),
        (
            ["{store}", "--format", "parquet"],
            "parquet is not a text format, so it cannot be printed: name a file, such as -o patterns.parquet",
        ),
        (["{store}", "--format", "csv", "--language", "en"], "--language is for --format spacy, not for csv: leave it"),
        (["{store}", "--format", "spacy", "--language", "xq"], "spaCy has no language 'xq' here: "),
        (["{store}", "--format", "csv", "--label", "食品"], "{store}: run 2 has no label '食品': did you mean '食物'?"),
        (
            ["{store}", "--format", "csv", "--run", "9"],
            "{store}: there is no published run 9: the runs are 1",
        ),
        (
            ["{store}", "--format", "csv", "--order", "precison"],
            "there is no order 'precison': did you mean 'precision'?",
        ),
        (
            ["{store}", "--format", "csv", "--run", "1", "--min-precision", "0.5"],
            "{store}: run 1 was mined with patterns.match off, so it is not known where",
        ),
        (
            ["{store}", "--format", "csv", "--min-precision", "0.9"],
            "run 2 has no pattern that passes the filters and that no review is against",
        ),
        (
            ["{store}", "--format", "csv", "--min-precision", "0.9", "--label", "食物"],
            "run 2 has no pattern of '食物' that passes the filters and that no review is against",
        ),
        (["{store}", "--format", "csv", "-o", "{gone}/x"], "{gone}/x cannot be written: No such file or directory"),
        (["{store}", "--format", "grasp"], "GrASP's explorer shows one label against the rest: name one of 数码, 食物"),
        (
            ["{store}", "--format", "grasp", "--run", "1", "--label", "数码"],
            "run 1 was mined with patterns.match off, so it is not known how many documents",
        ),
        (["{rules}", "--format", "grasp", "--label", "数码"], "GrASP's explorer shows how many documents of a corpus"),
        (["{rules}", "--format", "csv", "--label", "食品"], "{rules}: there is no label '食品': did you mean '食物'?"),
        (
            ["{rules}", "--format", "csv", "--min-precision", "0.5"],
            "--min-precision is for stores, and {rules} is a rule file: leave it out",
        ),
        (["{broken}", "--format", "csv"], "{broken}, line 2: this is not JSON: expecting property name"),
        (["{text}", "--format", "csv"], "{text} is neither a pattern store (a SQLite file, or postgresql://USER@HOST/"),
        (["{gone}", "--format", "csv"], "there is no pattern store and no rule file at {gone}"),
        (["{folder}", "--format", "csv"], "{folder} cannot be read: Is a directory"),
        (["mysql://a/b", "--format", "csv"], "mysql://a/b: stores are kept in SQLite or PostgreSQL, not mysql"),
    ],
)
def test_a_mistake_is_one_line(
    two_runs: Any, rule_file: Path, run_refused: Any, tmp_path: Path, arguments: list[str], words: str
) -> None:
    places = {name: str(tmp_path / name) for name in ("gone", "text", "broken")}
    places |= {"store": two_runs.path, "rules": str(rule_file), "folder": str(tmp_path)}
    (tmp_path / "text").write_text("a text")
    (tmp_path / "broken").write_text('{"camlode_rules": 1,\n}')
    assert run_refused("export", *(each.format(**places) for each in arguments)).startswith(words.format(**places))
    assert not list(tmp_path.glob(".*"))
