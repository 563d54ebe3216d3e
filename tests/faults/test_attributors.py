from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.mining import retry


def test_the_corpus_is_one_that_faults_can_matter_for(undisturbed: dict[str, Any], corpus: Any) -> None:
    assert 10 <= len(corpus.ids) <= 20
    assert {row["reason"] for row in undisturbed["rejects"]} == {"empty_text", "broken_json"}
    assert undisturbed["counts"]["duplicate_ids"] == 3
    assert undisturbed["counts"]["documents_truncated"] == 8
    assert len(undisturbed["patterns"]) > 50


def test_an_attributor_killed_in_a_shard_is_replaced(scene: Any) -> None:
    (held,) = scene.hold_up(4)

    def strike() -> None:
        scene.kill(*scene.at_work(4))
        held.unlink()

    with scene.meanwhile(strike):
        scene.mine()
    assert len(scene.attempts(4)) == 2
    scene.check()


def test_two_attributors_killed_at_once_are_replaced(scene: Any) -> None:
    held = scene.hold_up(0, 1)

    def strike() -> None:
        both = scene.at_work(0, 1)
        assert len(set(both)) == 2
        scene.kill(*both)
        for order in held:
            order.unlink()

    with scene.meanwhile(strike):
        scene.mine()
    assert (len(scene.attempts(0)), len(scene.attempts(1))) == (2, 2)
    scene.check()


def test_an_attributor_that_hangs_is_ended_when_the_shards_time_is_over(scene: Any) -> None:
    (held,) = scene.hold_up(4)

    def release() -> None:
        (hanging,) = scene.at_work(4)
        scene.until(lambda: not Path(f"/proc/{hanging}").exists())
        held.unlink()

    with scene.meanwhile(release):
        scene.mine(shard_seconds=3)
    assert len(scene.attempts(4)) == 2
    assert scene.shards()[4]["error"] == "it took longer than run.shard_seconds, 3"
    scene.check()


def test_a_shard_that_always_kills_its_worker_is_set_aside_until_its_cause_is_gone(scene: Any) -> None:
    deadly = scene.order(f"kill.{scene.corpus.document(4)}")
    report = scene.mine(attempts=2)
    assert [failure.shard.number for failure in report.failures] == [4]
    assert (scene.run["status"], scene.run["failed_shards"]) == ("incomplete", 1)
    assert {row["number"] for row in scene.shards("done")} == {*range(len(scene.corpus.ids))} - {4}
    assert len(scene.attempts(4)) == 2
    assert scene.shards()[4]["error"].startswith("lost its worker 2 times: ")
    deadly.unlink()
    retry(str(scene.store_path), 1)
    assert len(scene.attempts(5)) == 1
    scene.check()
