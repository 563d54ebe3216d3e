from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import WorkerError
from camlode.pipeline.mining import retry

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = "果果果果"


class ActingProgress:
    """Follows a job's progress, and does something when all shards are done, when they are being merged, or matched."""

    def __init__(self, shards: int, **actions: Callable[[], None]) -> None:
        self._left = shards
        self._actions = actions

    def on_start(self, *_: Any) -> None:
        pass

    def on_shard(self, _: Any) -> None:
        self._left -= 1
        if not self._left:
            self._act("when_done")

    def on_merge(self) -> None:
        self._act("merging")

    def on_match(self) -> None:
        self._act("matching")

    def _act(self, when: str) -> None:
        if when in self._actions:
            self._actions[when]()


def damage(scenario: Any, kind: str = "partials") -> None:
    """Cuts the file of shard 2 short and removes that of shard 5."""
    path_of = {row["number"]: scenario.file(kind, row["partial"]) for row in scenario.shards("done")}
    whole = path_of[2].read_bytes()
    path_of[2].write_bytes(whole[: len(whole) // 2])
    path_of[5].unlink()


def attempts(scenario: Any) -> list[int]:
    return [len(scenario.attempts(shard)) for shard in range(len(scenario.corpus.ids))]


def expected_attempts(scenario: Any) -> list[int]:
    return [2 if shard in (2, 5) else 1 for shard in range(len(scenario.corpus.ids))]


def test_partials_broken_or_gone_before_they_are_merged_are_made_again(scenario: Any) -> None:
    scenario.mine(ActingProgress(len(scenario.corpus.ids), when_done=lambda: damage(scenario)))
    assert attempts(scenario) == expected_attempts(scenario)
    scenario.check()


@pytest.mark.parametrize(
    ("when", "kind"),
    [("merging", "partials"), ("merging", "ids"), ("merging", "predictions"), ("matching", "predictions")],
)
def test_files_broken_while_they_are_put_together_stop_the_job_and_are_made_again_by_the_next(
    scenario: Any, when: str, kind: str
) -> None:
    progress = ActingProgress(len(scenario.corpus.ids), **{when: lambda: damage(scenario, kind)})
    with pytest.raises(WorkerError):
        scenario.mine(progress)
    assert (scenario.run["status"], scenario.run["current"]) == ("interrupted", False)
    scenario.mine()
    assert attempts(scenario) == expected_attempts(scenario)
    scenario.check()


def test_a_text_that_the_tokenizer_raises_at_costs_its_shard_alone(
    make_scenario: Callable[[Any], Any], make_corpus: Callable[..., Any], corpus: Any
) -> None:
    lines = (corpus.folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:60]
    lines[30] = f'{{"id": "unreadable", "text": "{UNREADABLE}"}}'
    made = make_corpus(lines)
    calm, scenario = make_scenario(made), make_scenario(made)
    driver = scenario.start_driver("raising-tokenizer")
    _, stderr = driver.communicate(timeout=90)
    assert driver.returncode == 3, stderr
    assert scenario.run["status"] == "incomplete"
    (failed,) = scenario.shards("failed")
    assert "unreadable" in made.ids[failed["number"]]
    assert (failed["attempts"], failed["error"]) == (2, f"ValueError: no tokens for {UNREADABLE}")
    assert len(scenario.published()["patterns"]) > 10
    retry(str(scenario.store_path), 1)
    calm.mine()
    scenario.expected_tables = calm.published()
    scenario.check()
