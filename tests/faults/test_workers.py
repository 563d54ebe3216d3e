from __future__ import annotations

from pathlib import Path
from typing import Any

from camlode.pipeline.mining import retry


def test_the_corpus_has_rejects_duplicates_and_truncated_documents(
    expected_tables: dict[str, Any], corpus: Any
) -> None:
    assert 10 <= len(corpus.ids) <= 20
    assert {row["reason"] for row in expected_tables["rejects"]} == {"empty_text", "broken_json"}
    assert expected_tables["counts"]["duplicate_ids"] == 3
    assert expected_tables["counts"]["documents_truncated"] == 8
    assert len(expected_tables["patterns"]) > 50


def test_a_worker_killed_in_a_shard_is_replaced(scenario: Any) -> None:
    (held,) = scenario.hold(4)

    def inject_fault() -> None:
        scenario.kill(*scenario.wait_for_work(4))
        held.unlink()

    with scenario.run_concurrently(inject_fault):
        scenario.mine()
    assert len(scenario.attempts(4)) == 2
    scenario.check()


def test_two_workers_killed_at_once_are_replaced(scenario: Any) -> None:
    held = scenario.hold(0, 1)

    def inject_fault() -> None:
        both = scenario.wait_for_work(0, 1)
        assert len(set(both)) == 2
        scenario.kill(*both)
        for order in held:
            order.unlink()

    with scenario.run_concurrently(inject_fault):
        scenario.mine()
    assert (len(scenario.attempts(0)), len(scenario.attempts(1))) == (2, 2)
    scenario.check()


def test_a_hanging_worker_is_killed_at_the_shards_deadline(scenario: Any) -> None:
    (held,) = scenario.hold(4)

    def release() -> None:
        (hanging,) = scenario.wait_for_work(4)
        scenario.wait_until(lambda: not Path(f"/proc/{hanging}").exists())
        held.unlink()

    with scenario.run_concurrently(release):
        scenario.mine(shard_seconds=3)
    assert len(scenario.attempts(4)) == 2
    assert scenario.shards()[4]["error"] == "it took longer than run.shard_seconds, 3"
    scenario.check()


def test_a_shard_that_always_kills_its_worker_fails_alone_and_can_be_retried(scenario: Any) -> None:
    deadly = scenario.order(f"kill.{scenario.corpus.document(4)}")
    report = scenario.mine(attempts=2)
    assert [failure.shard.number for failure in report.failures] == [4]
    assert (scenario.run["status"], scenario.run["failed_shards"]) == ("incomplete", 1)
    assert {row["number"] for row in scenario.shards("done")} == {*range(len(scenario.corpus.ids))} - {4}
    assert len(scenario.attempts(4)) == 2
    assert scenario.shards()[4]["error"].startswith("lost its worker 2 times: ")
    deadly.unlink()
    retry(str(scenario.store_path), 1)
    assert len(scenario.attempts(5)) == 1
    scenario.check()
