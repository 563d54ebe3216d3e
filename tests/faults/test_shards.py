from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from config import WorkerError
from pipeline.mining import retry

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = "果果果果"


class Meddler:
    """Follows a job's progress, and does something when all shards are done, when they are being merged, or matched."""

    def __init__(self, shards: int, **actions: Callable[[], None]) -> None:
        self._left = shards
        self._actions = actions

    def started(self, *_: Any) -> None:
        pass

    def done(self, _: Any) -> None:
        self._left -= 1
        if not self._left:
            self._act("when_done")

    def merging(self) -> None:
        self._act("merging")

    def matching(self) -> None:
        self._act("matching")

    def _act(self, when: str) -> None:
        if when in self._actions:
            self._actions[when]()


def damage(scene: Any, kind: str = "partials") -> None:
    """Cuts the file of shard 2 short and removes that of shard 5."""
    path_of = {row["number"]: scene.file(kind, row["partial"]) for row in scene.shards("done")}
    whole = path_of[2].read_bytes()
    path_of[2].write_bytes(whole[: len(whole) // 2])
    path_of[5].unlink()


def attempts(scene: Any) -> list[int]:
    return [len(scene.attempts(shard)) for shard in range(len(scene.corpus.ids))]


def done_again(scene: Any) -> list[int]:
    return [2 if shard in (2, 5) else 1 for shard in range(len(scene.corpus.ids))]


def test_partials_broken_or_gone_before_they_are_merged_are_made_again(scene: Any) -> None:
    scene.mine(Meddler(len(scene.corpus.ids), when_done=lambda: damage(scene)))
    assert attempts(scene) == done_again(scene)
    scene.check()


@pytest.mark.parametrize(
    ("when", "kind"),
    [("merging", "partials"), ("merging", "ids"), ("merging", "predictions"), ("matching", "predictions")],
)
def test_files_broken_while_they_are_put_together_stop_the_job_and_are_made_again_by_the_next(
    scene: Any, when: str, kind: str
) -> None:
    meddler = Meddler(len(scene.corpus.ids), **{when: lambda: damage(scene, kind)})
    with pytest.raises(WorkerError):
        scene.mine(meddler)
    assert (scene.run["status"], scene.run["current"]) == ("interrupted", False)
    scene.mine()
    assert attempts(scene) == done_again(scene)
    scene.check()


def test_a_text_that_the_tokenizer_raises_at_costs_its_shard_alone(
    new_scene: Callable[[Any], Any], make_corpus: Callable[..., Any], corpus: Any
) -> None:
    lines = (corpus.folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:60]
    lines[30] = f'{{"id": "unreadable", "text": "{UNREADABLE}"}}'
    made = make_corpus(lines)
    calm, scene = new_scene(made), new_scene(made)
    driver = scene.drive("raising-tokenizer")
    _, said = driver.communicate(timeout=90)
    assert driver.returncode == 3, said
    assert scene.run["status"] == "incomplete"
    (failed,) = scene.shards("failed")
    assert "unreadable" in made.ids[failed["number"]]
    assert (failed["attempts"], failed["error"]) == (2, f"ValueError: no tokens for {UNREADABLE}")
    assert len(scene.published()["patterns"]) > 10
    retry(str(scene.store_path), 1)
    calm.mine()
    scene.undisturbed = calm.published()
    scene.check()
