from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import WorkerError
from camlode.pipeline.mining import retry

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = "果果果果"


class ActingProgress:
    """Acts when all shards have ended, when merging starts, or when matching starts."""

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
    """Truncate the file of shard 2 and delete that of shard 5."""
    path_of = {row["number"]: scenario.file(kind, row["partial"]) for row in scenario.shards("done")}
    whole = path_of[2].read_bytes()
    path_of[2].write_bytes(whole[: len(whole) // 2])
    path_of[5].unlink()


def attempts(scenario: Any) -> list[int]:
    return [len(scenario.attempts(shard)) for shard in range(len(scenario.corpus.ids))]


def expected_attempts(scenario: Any) -> list[int]:
    return [2 if shard in (2, 5) else 1 for shard in range(len(scenario.corpus.ids))]


def test_partials_damaged_before_merging_are_mined_again(scenario: Any) -> None:
    scenario.mine(ActingProgress(len(scenario.corpus.ids), when_done=lambda: damage(scenario)))
    assert attempts(scenario) == expected_attempts(scenario)
    scenario.check()


@pytest.mark.parametrize(
    ("when", "kind"),
    [("merging", "partials"), ("merging", "ids"), ("matching", "predictions")],
)
def test_files_damaged_while_merging_or_matching_stop_the_job_and_are_mined_again_on_resume(
    scenario: Any, when: str, kind: str
) -> None:
    progress = ActingProgress(len(scenario.corpus.ids), **{when: lambda: damage(scenario, kind)})
    with pytest.raises(WorkerError):
        scenario.mine(progress)
    assert (scenario.run["status"], scenario.run["current"]) == ("interrupted", False)
    scenario.mine()
    assert attempts(scenario) == expected_attempts(scenario)
    scenario.check()


def test_a_text_that_breaks_the_tokenizer_fails_its_shard_alone(
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
