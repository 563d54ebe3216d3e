from __future__ import annotations

from dataclasses import replace

import pytest

from camlode.config.errors import StoreError
from camlode.sql import LedgerEntry

ON_BOTH_DATABASES = True

KEPT = {"labels": 2, "fragments": 1, "patterns": 1, "examples": 1, "rejects": 2}


def test_a_run_goes_with_all_that_only_it_needed(store, publish_run, count_rows, query, start, result):
    other = replace(start, model=replace(start.model, name="old"), corpus=replace(start.corpus, name="older"))
    run = store.start_run(other, [LedgerEntry(0, "0", "c.jsonl", 1, "bytes", 0, 1)])
    store.publish(run, result({"财经": ["基金", "期货"], "房产": ["均价"]}))
    publish_run({"财经": ["期货"]})
    store.delete_run(run)
    assert count_rows() == KEPT
    assert query("SELECT count(*) FROM shards") == [(0,)]
    assert query("SELECT name FROM models") == [("cnn",)]
    assert query("SELECT name FROM corpora") == [("news",)]
    assert [row["fragment"] for row in store.rows("patterns")] == ["期货"]


def test_the_number_of_a_deleted_run_is_not_given_again(store, publish_run):
    publish_run({"财经": ["基金"]})
    second = publish_run({"财经": ["基金"]})
    store.make_current(1)
    store.delete_run(second)
    assert publish_run({"财经": ["基金"]}) > second


def test_the_only_run_can_be_deleted(store, publish_run, count_rows):
    store.delete_run(publish_run({"财经": ["基金"]}))
    assert set(count_rows().values()) == {0}
    assert store.rows("runs") == []


def test_the_current_run_is_not_deleted_while_there_are_others(store, publish_run):
    first, second = publish_run({"财经": ["基金"]}), publish_run({"财经": ["期货"]})
    with pytest.raises(StoreError, match=f"run {second} is the current run: .* camlode current STORE {first}$"):
        store.delete_run(second)
    assert len(store.rows("runs")) == 2


def test_a_run_that_is_worked_at_is_not_deleted(store, start):
    run = store.start_run(start)
    with pytest.raises(StoreError, match=f"run {run} is in use by process"):
        store.delete_run(run)


def test_an_interrupted_run_is_deleted(store, start):
    run = store.start_run(start)
    store.finish_run(run, "interrupted")
    store.delete_run(run)
    assert store.rows("runs") == []


def test_a_run_that_is_not_there_cannot_be_deleted(store):
    with pytest.raises(StoreError, match=r"^there is no run 7: camlode runs lists them$"):
        store.delete_run(7)


def test_without_a_current_run_it_is_said_how_to_make_one(store, publish_run, query):
    publish_run({"财经": ["基金"]})
    query("UPDATE runs SET current = NOT current")
    with pytest.raises(StoreError, match=r"no run is current: camlode current makes one so, .* 1 \(complete\)$"):
        store.rows("patterns")
