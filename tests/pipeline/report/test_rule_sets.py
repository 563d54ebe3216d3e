from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.report.model import MEASURE_COLUMNS, read_rule_sets
from camlode.sql import PatternStore, RuleMeasure

if TYPE_CHECKING:
    from pathlib import Path

RULES = json.dumps({"camlode_rules": 1, "task": "multiclass", "labels": ["a", "b"], "biases": {}, "rules": []})


@pytest.fixture
def rule_store(tmp_path: Path) -> PatternStore:
    """Two versions of shop and one of new, of run 1; one of other, of no run."""
    from tests.pipeline.commands.conftest import Mined

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
