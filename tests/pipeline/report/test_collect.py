from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config.errors import CamlodeError, StoreError
from camlode.pipeline.report.collect import (
    LOG_NAME,
    MAX_FRAGMENTS,
    MAX_LABELS,
    collect_report,
    find_shared_fragments,
    read_examples,
    read_faithfulness,
    read_first_examples,
    read_rule_sets,
    read_stage_seconds,
    rows_per_label,
)
from camlode.pipeline.report.contents import MEASURE_COLUMNS
from camlode.sql import PatternStore, RuleMeasure
from tests.pipeline.commands.conftest import Mined

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.pipeline.faithfulness.report import FaithfulnessReport

RULES = json.dumps({"camlode_rules": 1, "task": "multiclass", "labels": ["a", "b"], "biases": {}, "rules": []})


def test_the_current_run_with_the_first_patterns_of_each_label(mined: Any) -> None:
    report = collect_report(mined.path, top=2)
    assert (report.run["run"], report.run["model_version"], report.run["current"]) == (2, "2", True)
    found = {each.row["label"]: [pattern.row["fragment"] for pattern in each.patterns] for each in report.labels}
    assert found == {"数码": ["电脑", "图"], "食物": ["水果", "好的"]}
    assert (report.rejects, report.stages, report.rule_sets) == ([], None, [])


@pytest.mark.parametrize(
    ("examples", "supporting", "counter"), [(0, [], []), (1, ["a"], ["c"]), (9, ["a", "b"], ["c"])]
)
def test_the_number_of_examples_per_pattern(
    store: PatternStore, examples: int, supporting: list[str], counter: list[str]
) -> None:
    first = collect_report(store, examples=examples).labels[0].patterns[0]
    assert [each["document"] for each in first.examples] == supporting
    assert [each["document"] for each in first.counter_examples] == counter


def test_listed_findings_have_examples(store: PatternStore) -> None:
    report = collect_report(store)
    # 图 has a quarter of the importance, more than 5 %; and is a single character.
    listed = {(each.label, each.fragment): each.check for each in report.audit.findings}
    assert {("数码", "图"), ("数码", "电脑")} <= {*listed}
    assert {*report.finding_examples} == {*listed}
    assert [each["document"] for each in report.finding_examples["数码", "电脑"].examples] == ["a"]
    assert report.audit.findings[0].examples == ()


def test_the_difference_is_from_the_last_published_run_before(store: PatternStore) -> None:
    difference = collect_report(store).difference
    assert difference is not None
    assert difference.before["run"] == 1
    counts = {
        row["label"]: (row["before"], row["after"], row["kept"], row["gained"], row["lost"])
        for row in difference.counts
    }
    # 数码 lost 耳机 and gained 图 and 好的; 食物 gained two.
    assert counts == {"数码": (2, 3, 1, 2, 1), "食物": (1, 3, 1, 2, 0)}
    assert {row["change"] for row in difference.changes} <= {"gained", "lost", "moved"}


def test_a_first_run_has_no_difference_unless_another_run_is_named(store: PatternStore) -> None:
    first = collect_report(store, 1)
    assert (first.run["run"], first.difference) == (1, None)
    later = collect_report(store, 1, before=2).difference
    assert later is not None
    assert [row["gained"] for row in later.counts] == [1, 0]


def test_labels_that_share_fragments(store: PatternStore) -> None:
    shared = collect_report(store).shared
    assert (shared.labels, shared.counts) == (["数码", "食物"], [[3, 2], [2, 3]])
    # 好的 has 0.5/3 + 0.5/2 of the importances together; 电脑 0.5 + 0.5/3.
    assert [text for text, _ in shared.fragments] == ["电脑", "好的"]


def test_a_run_without_the_match_pass(store: PatternStore) -> None:
    report = collect_report(store, 1)
    assert report.run["matched_documents"] is None
    assert report.labels[0].patterns[0].row["precision"] is None
    assert report.labels[0].row["gold_documents"] is None


def test_runs_that_do_not_exist(store: PatternStore, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no (published )?run 9"):
        collect_report(store, 9)
    with pytest.raises(StoreError, match=r"there is no (published )?run 9"):
        collect_report(store, before=9)
    with pytest.raises(StoreError, match="run 2 can't be compared with itself: name another published run"):
        collect_report(store, before=2)
    with pytest.raises(StoreError, match="there is no pattern store at"):
        collect_report(tmp_path / "gone.db")


def test_an_empty_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no run"):
        collect_report(PatternStore(tmp_path / "empty.db", create=True))


@pytest.mark.parametrize(("labels", "each"), [(1, 10), (30, 10), (31, 9), (100, 3), (1000, 1)])
def test_many_labels_have_fewer_patterns_each(labels: int, each: int) -> None:
    assert rows_per_label(10, 300, labels) == each


def test_examples_of_the_first_patterns(store: PatternStore) -> None:
    found = read_first_examples(store, 2, "数码", ["电脑", "图"], limit=1)
    assert {text: [[row["document"] for row in rows] for rows in seen] for text, seen in found.items()} == {
        "电脑": [["a"], ["c"]],
        "图": [[], []],
    }


def test_examples_of_one_pattern(store: PatternStore) -> None:
    supporting, counter = read_examples(store, 2, "数码", "好的", limit=5)
    assert ([row["document"] for row in supporting], counter) == (["d"], [])


def test_no_examples(store: PatternStore) -> None:
    assert read_first_examples(store, 2, "数码", ["电脑"], limit=0) == {"电脑": ([], [])}
    assert read_first_examples(store, 2, "数码", [], limit=3) == {}
    assert read_examples(store, 2, "数码", "电脑", limit=0) == ([], [])


def patterns(**fragments: str) -> dict[str, list[dict[str, Any]]]:
    """Labels by name, with a pattern for each letter; of rank r, its share is 1 / r."""
    return {
        label: [
            {"label": label, "fragment": letter, "rank": rank, "share": 1 / rank}
            for rank, letter in enumerate(letters, start=1)
        ]
        for label, letters in fragments.items()
    }


def test_the_map_counts_what_two_labels_have_in_common() -> None:
    shared = find_shared_fragments(patterns(one="abc", two="bcd", three="c"), depth=100)
    assert shared.labels == ["one", "two", "three"]
    assert shared.counts == [[3, 2, 1], [2, 3, 1], [1, 1, 1]]
    assert (shared.depth, shared.left_out) == (100, 0)


def test_fragments_of_most_labels_come_first_then_the_bigger_share() -> None:
    found = find_shared_fragments(patterns(one="abc", two="bcd", three="c"), depth=9).fragments
    # c is in three; b has 1/2 + 1. The labels come by rank.
    assert [(text, [(row["label"], row["rank"]) for row in rows]) for text, rows in found] == [
        ("c", [("three", 1), ("two", 2), ("one", 3)]),
        ("b", [("two", 1), ("one", 2)]),
    ]


def test_labels_beyond_the_map_are_those_that_share_least() -> None:
    letters = {f"l{number}": "ab" for number in range(MAX_LABELS)}
    shared = find_shared_fragments(patterns(lonely="z", **letters, little="a"), depth=9)
    assert shared.labels == [*letters]
    assert len(shared.counts) == len(shared.counts[0]) == MAX_LABELS
    assert shared.left_out == 2


def test_the_number_of_shared_fragments_is_limited() -> None:
    letters = "".join(chr(0x4E00 + number) for number in range(MAX_FRAGMENTS + 5))
    found = find_shared_fragments(patterns(one=letters, two=letters), depth=99).fragments
    assert [text for text, _ in found] == [*letters[:MAX_FRAGMENTS]]


def test_nothing_is_shared() -> None:
    assert find_shared_fragments(patterns(one="a", two="b"), depth=9).fragments == []
    assert find_shared_fragments({}, depth=9).labels == []


@pytest.fixture
def rule_store(tmp_path: Path) -> PatternStore:
    """Two versions of shop and one of new, of run 1; one of other, of no run."""
    mined = Mined(str(tmp_path / "patterns.db"))
    run = mined.publish({"数码": ["电脑"]})
    store = mined.store
    store.save_rules("shop", RULES, run, [RuleMeasure("first", "gold", "accuracy", 0.25)])
    measures = [
        RuleMeasure("held out", "gold", "accuracy", 0.75),
        RuleMeasure("held out", "gold", "coverage", 0.5),
        RuleMeasure("held out", "model", "accuracy", 0.625),
    ]
    store.save_rules("shop", RULES, run, measures)
    store.save_rules("new", RULES, run)
    store.save_rules("other", RULES)
    return store


def test_the_last_version_of_each_set_with_a_row_for_each_measurement(rule_store: PatternStore) -> None:
    names = ("name", "version", "rules", "corpus", "against", "accuracy", "coverage")
    found = [tuple(row[name] for name in names) for row in read_rule_sets(rule_store, 1)]
    assert sorted(found, key=str) == [
        ("new", 1, 0, None, None, None, None),
        ("shop", 2, 0, "held out", "gold", 0.75, 0.5),
        ("shop", 2, 0, "held out", "model", 0.625, None),
    ]
    assert all({*MEASURE_COLUMNS} <= {*row} for row in read_rule_sets(rule_store, 1))


def test_another_run_has_no_rule_sets(rule_store: PatternStore) -> None:
    assert read_rule_sets(rule_store, 2) == []


def test_faithfulness_is_read_back_as_it_was_printed(tmp_path: Path, faithfulness: FaithfulnessReport) -> None:
    (tmp_path / "measured.json").write_text(json.dumps(faithfulness.to_dict()), encoding="utf-8")
    assert read_faithfulness(tmp_path / "measured.json") == faithfulness


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "top level"),
        ("[]", "top level"),
        ("{}", "results"),
        ({"removal": "burnt"}, "removal"),
        ({"results": [{"name": "cam"}]}, "results.0.kind"),
    ],
)
def test_a_file_that_is_something_else_is_refused(
    tmp_path: Path, faithfulness: FaithfulnessReport, content: str | dict[str, Any], place: str
) -> None:
    text = content if isinstance(content, str) else json.dumps(faithfulness.to_dict() | content)
    (tmp_path / "measured.json").write_text(text, encoding="utf-8")
    with pytest.raises(
        CamlodeError, match=rf"measured\.json is not a comparison of methods: {place}: .*; expected the output"
    ):
        read_faithfulness(tmp_path / "measured.json")


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CamlodeError, match=r"gone\.json cannot be read: No such file"):
        read_faithfulness(tmp_path / "gone.json")


def line(shard: int, state: str = "done", **seconds: float) -> str:
    noted: dict[str, Any] = {"shard": shard, "state": state}
    return json.dumps(noted | ({"seconds": seconds} if state == "done" else {}))


def test_the_name_of_the_log() -> None:
    from camlode.pipeline.runs.log import LOG_NAME as WRITTEN_NAME

    assert LOG_NAME == WRITTEN_NAME


def test_the_last_successful_attempt_of_a_shard_counts(tmp_path: Path) -> None:
    lines = [
        line(0, read=1.0, write=4.0),
        line(1, "pending"),
        line(1, read=2.0, write=8.0),
        line(0, read=16.0, write=32.0),
    ]
    (tmp_path / LOG_NAME).write_text("\n".join(lines), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) == {"read": 18.0, "write": 40.0}


def test_half_a_line_in_the_log_is_ignored(tmp_path: Path) -> None:
    half = line(1, read=2.0)[:-4] + "文"
    (tmp_path / LOG_NAME).write_bytes(f"{line(0, read=1.0)}\n{half}".encode()[:-1])
    assert read_stage_seconds(str(tmp_path)) == {"read": 1.0}


def test_without_a_log(tmp_path: Path) -> None:
    assert read_stage_seconds(str(tmp_path)) is None
    assert read_stage_seconds("s3://bucket/work") is None
    (tmp_path / LOG_NAME).write_text(line(0, "failed"), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) is None
