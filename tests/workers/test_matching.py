from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from config import CorpusError, WorkerError
from pipeline.records import PARTIAL
from pipeline.stages.read import read_shard
from workers import Outcome, matching
from workers.matching import matched

# The model reads eight characters, so it doesn't see 水果 after party art.
TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "party art 水果", "不好"] * 6
SHARDS = 4


def best(*patterns: tuple[int, str]) -> pa.Table:
    row = {"units": 1, "importance": 1, "documents": 1, "occurrences": 1, "examples": []}
    return pa.Table.from_pylist(
        [row | {"label": label, "fragment": fragment} for label, fragment in patterns], schema=PARTIAL
    )


@pytest.fixture
def done(job_over: Any, shards_of: Any, open_pool: Any, context_of: Any) -> Any:
    """A pool, the context of a run, and its shards, which have all been done."""
    job = job_over(TEXTS)
    pool = open_pool(job)
    context, shards = context_of(job, pool), shards_of(job)
    turns = [*pool.run(context, shards)]
    assert sum(isinstance(outcome, Outcome) for turn in turns for outcome in turn.ended) == len(shards) == SHARDS
    return pool, context, shards


def test_parts_of_any_size_add_up_to_the_same(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, context, shards = done
    patterns = best((0, "水果"), (1, "水果"), (1, "电脑"), (1, "没有"))
    matches, seconds = pool.matched(context, patterns, shards, lambda: None)
    assert matches.counts.documents.tolist() == [18, 18, 12, 0]
    assert matches.counts.predicted.tolist() == [12, 6, 12, 0]
    assert matches.counts.corpus.documents == len(TEXTS)
    assert matches.counts.corpus.predicted.tolist() == [12, 12]
    counters = zip(*matches.counter_examples.select(["pattern", "document"]).to_pydict().values(), strict=True)
    assert [*counters] == [(0, "3"), (0, "8"), (0, "13"), (1, "0"), (1, "3"), (1, "5")]
    assert seconds > 0
    for parts_a_task, most, tasks in ((1, 1000, 1), (4, 2, 1), (4, 1000, 3)):
        monkeypatch.setattr(matching, "PARTS_A_TASK", parts_a_task)
        monkeypatch.setattr(matching, "SHARDS_AT_ONCE", most)
        others, _ = matched(context, patterns, shards, tasks, lambda: None)
        assert others.counter_examples.equals(matches.counter_examples)
        for name in ("documents", "occurrences", "predicted", "with_gold", "gold"):
            np.testing.assert_array_equal(getattr(others.counts, name), getattr(matches.counts, name))

    words_are_whole_only_where_there_are_words(pool, context, shards)
    only_these_shards_are_matched(pool, context, shards)
    what_is_gone_is_told(pool, context, shards)


def words_are_whole_only_where_there_are_words(pool: Any, context: Any, shards: Any) -> None:
    fragments = context.job.fragments.model_copy(update={"unit": "char"})
    characters = replace(context, key="other", job=context.job.model_copy(update={"fragments": fragments}))
    for each, occurrences in ((context, 6), (characters, 12)):
        matches = pool.matched(each, best((0, "ART")), shards, lambda: None).matches
        assert matches.counts.occurrences.tolist() == [occurrences]


def only_these_shards_are_matched(pool: Any, context: Any, shards: Any) -> None:
    counts = pool.matched(context, best((0, "水果")), shards[:1], lambda: None).matches.counts
    texts = read_shard(shards[0], context.job.corpus).documents["text"].to_pylist()
    assert counts.corpus.documents == len(texts) < len(TEXTS)
    assert counts.documents.tolist() == [sum("水果" in text for text in texts)]


def what_is_gone_is_told(pool: Any, context: Any, shards: Any) -> None:
    for file in Path(context.folder.address, "predictions").iterdir():
        file.write_bytes(b"PAR1")
    with pytest.raises(WorkerError, match=r"predictions/0.* is damaged .*; remove it and start the job again"):
        pool.matched(context, best((0, "水果")), shards, lambda: None)
    Path(shards[0].file.path).unlink()
    with pytest.raises(CorpusError, match=r"corpus\.jsonl"):
        pool.matched(context, best((0, "水果")), shards, lambda: None)


def test_a_process_builds_its_automaton_once_a_pass(done: Any) -> None:
    _, context, shards = done
    part = matching.match_part._function
    matching._patterns.cache_clear()
    for key in ("first", "first", "second", "second"):
        published = matching._Published(key, best((0, "水果"))["label"], best((0, "水果"))["fragment"])
        part(context, published, shards[:1])
    assert matching._patterns.cache_info().misses == 2
