from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode import mine
from camlode.config import CamlodeError, load_job
from camlode.pipeline.training_texts import MinedTexts, load_mined_texts
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("fake_worker")

# What stands for the model says 食物 where there is 水, 果 or 吃, and 数码 where there is 电, 脑 or 快.
RECORDS: list[Any] = [
    {"id": "a", "text": "我买了水果", "labels": ["食物"]},
    {"id": "b", "text": "水果和电脑", "labels": ["数码"]},
    {"id": "x", "text": None, "labels": ["数码"]},
    {"id": "c", "text": "电脑很快", "labels": ["数码", "食物"]},
    {"id": "d", "text": "不好", "labels": []},
    {"id": "e", "text": "水果"},
]
FOOD, TECH = frozenset({"食物"}), frozenset({"数码"})


@pytest.fixture
def mined(write_job: Callable[..., Path]) -> Callable[..., PatternStore]:
    """The store after a job over some records."""

    def of(records: list[Any], *overrides: str) -> PatternStore:
        job = load_job(write_job(records), overrides)
        mine(job)
        return PatternStore(job.store.url)

    return of


def load_texts(store: PatternStore, documents: int = 1000) -> MinedTexts:
    (row,) = store.rows("runs")
    return load_mined_texts(store, row, store.name, documents)


def error_message(store: PatternStore) -> str:
    with pytest.raises(CamlodeError) as refused:
        load_texts(store)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_each_text_with_what_the_model_and_people_said_of_it(mined: Any) -> None:
    found = load_texts(mined(RECORDS))
    assert found.texts == ["我买了水果", "水果和电脑", "电脑很快", "不好", "水果"]
    assert found.predicted == [FOOD, FOOD | TECH, TECH, frozenset(), FOOD]
    assert found.gold == [FOOD, TECH, FOOD | TECH, frozenset(), None]


def test_of_a_large_corpus_some_shards_are_read_evenly_spread(mined: Any) -> None:
    # 49 texts in about seven shards of the same size, of which three are read: the first, the middle one and the last.
    records = [{"id": str(number), "text": "水果" if number % 2 else "电脑"} for number in range(49)]
    store = mined(records)
    all_texts, some = load_texts(store), load_texts(store, 21)
    assert len(all_texts.texts) == 49
    assert 0 < len(some.texts) < 30
    assert some.texts[0] == "电脑"
    for text, predicted in zip(some.texts, some.predicted, strict=True):
        assert predicted == (FOOD if text == "水果" else TECH)
    assert len(load_texts(store, 1).texts) < 10


def test_what_is_not_there_any_more_is_told(mined: Any, tmp_path: Path) -> None:
    store, corpus = mined(RECORDS), tmp_path / "corpus.jsonl"
    instead = "; give labelled texts with --texts FILE, or mine the corpus again with --fresh"
    corpus.write_bytes(corpus.read_bytes().replace(b'"id": "c"', b'"id": "z"'))
    changed = error_message(store)
    assert changed.startswith("run 1's texts cannot be read: the corpus has changed since it was mined: ")
    assert changed.endswith(instead)
    corpus.unlink()
    gone = error_message(store)
    assert gone.startswith("run 1's texts cannot be read: ")
    assert gone.endswith(instead)
    (folder,) = {Path(row["folder"]) for row in store.rows("runs")}
    shutil.rmtree(folder / "predictions")
    assert error_message(store) == f"the model's predictions for run 1 are no longer in {folder}{instead}"
