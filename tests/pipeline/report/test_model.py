from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import CamlodeError
from camlode.pipeline.report.model import (
    LOG_NAME,
    MEASURE_COLUMNS,
    read_faithfulness,
    read_rule_sets,
    read_stage_seconds,
)
from camlode.sql import PatternStore, RuleMeasure
from tests.pipeline.commands.conftest import Mined

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.pipeline.faithfulness.report import FaithfulnessReport

RULES = json.dumps({"camlode_rules": 1, "task": "multiclass", "labels": ["a", "b"], "biases": {}, "rules": []})


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


def test_of_another_run_there_is_none(rule_store: PatternStore) -> None:
    assert read_rule_sets(rule_store, 2) == []


def test_faithfulness_is_read_back_as_it_was_printed(tmp_path: Path, faithfulness: FaithfulnessReport) -> None:
    (tmp_path / "measured.json").write_text(json.dumps(faithfulness.to_dict()), encoding="utf-8")
    assert read_faithfulness(tmp_path / "measured.json") == faithfulness


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "the whole"),
        ("[]", "the whole"),
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
    with pytest.raises(CamlodeError, match=rf"measured\.json is no comparison of methods: {place}: .*; expected what"):
        read_faithfulness(tmp_path / "measured.json")


def test_a_file_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(CamlodeError, match=r"gone\.json cannot be read: No such file"):
        read_faithfulness(tmp_path / "gone.json")


def line(shard: int, state: str = "done", **seconds: float) -> str:
    noted: dict[str, Any] = {"shard": shard, "state": state}
    return json.dumps(noted | ({"seconds": seconds} if state == "done" else {}))


def test_the_name_is_that_of_the_log() -> None:
    from camlode.pipeline.runs.log import LOG_NAME as WRITTEN_NAME

    assert LOG_NAME == WRITTEN_NAME


def test_of_every_shard_the_last_attempt_that_was_done_counts(tmp_path: Path) -> None:
    lines = [
        line(0, read=1.0, write=4.0),
        line(1, "pending"),
        line(1, read=2.0, write=8.0),
        line(0, read=16.0, write=32.0),
    ]
    (tmp_path / LOG_NAME).write_text("\n".join(lines), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) == {"read": 18.0, "write": 40.0}


def test_half_a_line_of_a_process_that_was_killed(tmp_path: Path) -> None:
    half = line(1, read=2.0)[:-4] + "文"
    (tmp_path / LOG_NAME).write_bytes(f"{line(0, read=1.0)}\n{half}".encode()[:-1])
    assert read_stage_seconds(str(tmp_path)) == {"read": 1.0}


def test_where_there_is_no_log(tmp_path: Path) -> None:
    assert read_stage_seconds(str(tmp_path)) is None
    assert read_stage_seconds("s3://bucket/work") is None
    (tmp_path / LOG_NAME).write_text(line(0, "failed"), encoding="utf-8")
    assert read_stage_seconds(str(tmp_path)) is None
