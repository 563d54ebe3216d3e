from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from camlode.config.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.sql import PatternStore, RunResult


ON_BOTH_DATABASES = True


@pytest.fixture
def make_incomplete_result(result: Callable[..., RunResult]) -> Callable[..., RunResult]:
    """Makes a result that lacks a shard which failed."""

    def make(fragments: dict[str, list[str]]) -> RunResult:
        whole = result(fragments)
        return replace(whole, counts=replace(whole.counts, failed_shards=1))

    return make


def query_all(store: PatternStore) -> list[Any]:
    return [store.rows(question) for question in ("patterns", "examples", "labels", "rejects")]


def test_a_run_without_all_its_shards_is_published_as_incomplete(
    store: PatternStore, start: Any, make_incomplete_result: Callable[..., RunResult]
) -> None:
    store.publish(store.start_run(start), make_incomplete_result({"财经": ["基金"]}))
    (row,) = store.rows("runs")
    assert (row["status"], row["current"], row["failed_shards"]) == ("incomplete", True, 1)
    assert store.patterns()["fragment"].tolist() == ["基金"]


def test_an_incomplete_run_that_is_gone_on_with_is_read_meanwhile(
    store: PatternStore, start: Any, make_incomplete_result: Callable[..., RunResult]
) -> None:
    run = store.start_run(start)
    store.publish(run, make_incomplete_result({"财经": ["基金"]}))
    store.resume_run(run)
    store.finish_run(run, "interrupted")
    assert store.runs()["status"].tolist() == ["incomplete"]
    assert store.patterns()["fragment"].tolist() == ["基金"]


def test_an_incomplete_run_is_completed(
    store: PatternStore,
    start: Any,
    make_incomplete_result: Callable[..., RunResult],
    result: Callable[..., RunResult],
    count_rows: Any,
) -> None:
    run = store.start_run(start)
    store.publish(run, make_incomplete_result({"财经": ["基金", "旧"], "房产": ["均价"]}))
    store.resume_run(run)
    store.publish(run, result({"财经": ["期货", "基金"]}))
    assert store.runs()[["run", "status", "current"]].to_numpy().tolist() == [[run, "complete", True]]
    assert store.patterns()["fragment"].tolist() == ["期货", "基金"]
    assert count_rows() == {"labels": 2, "fragments": 4, "patterns": 2, "examples": 2, "rejects": 2}


def test_publishing_twice_gives_what_publishing_once_gives(
    store: PatternStore, start: Any, make_incomplete_result: Callable[..., RunResult], count_rows: Any
) -> None:
    run, result = store.start_run(start), make_incomplete_result({"财经": ["基金"], "房产": ["均价", "基金"]})
    store.publish(run, result)
    once, before = query_all(store), count_rows()
    store.resume_run(run)
    store.publish(run, result)
    assert (query_all(store), count_rows()) == (once, before)


def test_an_incomplete_run_is_published_again_only_by_its_owner(
    store: PatternStore, start: Any, make_incomplete_result: Callable[..., RunResult]
) -> None:
    run = store.start_run(start)
    store.publish(run, make_incomplete_result({"财经": ["基金"]}))
    with pytest.raises(StoreError, match="this process does not own it"):
        store.publish(run, make_incomplete_result({"财经": ["期货"]}))
    assert store.patterns()["fragment"].tolist() == ["基金"]


def test_a_result_that_does_not_fit_leaves_what_was_published_before(
    store: PatternStore, start: Any, make_incomplete_result: Callable[..., RunResult]
) -> None:
    run = store.start_run(start)
    store.publish(run, make_incomplete_result({"财经": ["基金"]}))
    before = query_all(store)
    store.resume_run(run)
    with pytest.raises(StoreError, match="no label '体育'"):
        store.publish(run, make_incomplete_result({"体育": ["足球"]}))
    assert query_all(store) == before


@pytest.mark.parametrize("first_is_lacking", [True, False])
def test_an_earlier_run_can_be_made_current_again(
    store: PatternStore,
    start: Any,
    publish_run: Callable[..., int],
    make_incomplete_result: Callable[..., RunResult],
    first_is_lacking: bool,
) -> None:
    if first_is_lacking:
        first = store.start_run(start)
        store.publish(first, make_incomplete_result({"财经": ["基金"]}))
    else:
        first = publish_run({"财经": ["基金"]})
    publish_run({"财经": ["期货"]})
    store.make_current(first)
    assert store.runs()["current"].tolist() == [True, False]
    assert store.patterns()["fragment"].tolist() == ["基金"]


@pytest.mark.parametrize("status", [None, "failed", "interrupted"])
def test_a_run_that_is_not_published_cannot_be_current(
    store: PatternStore, start: Any, publish_run: Callable[..., int], status: Any
) -> None:
    first = publish_run({"财经": ["基金"]})
    run = store.start_run(start)
    if status is not None:
        store.finish_run(run, status)
    with pytest.raises(StoreError, match=f"^run {run} cannot be made current: it is not published$"):
        store.make_current(run)
    assert store.patterns()["run"].tolist() == [first]


def test_a_run_that_is_not_there_cannot_be_current(store: PatternStore, publish_run: Callable[..., int]) -> None:
    first = publish_run({"财经": ["基金"]})
    with pytest.raises(StoreError, match=r"^run 9 cannot be made current"):
        store.make_current(9)
    assert store.patterns()["run"].tolist() == [first]


@pytest.mark.parametrize("status", ["running", "failed", "interrupted"])
def test_the_database_itself_refuses_a_current_run_without_a_result(
    store: PatternStore, start: Any, query: Any, status: str
) -> None:
    run = store.start_run(start)
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.CheckViolation), match="current"):
        query(f"UPDATE runs SET status = '{status}', current = NOT current WHERE id = {run}")
