from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.config import CorpusError, WorkerError
from camlode.pipeline.records import PARTIAL_SCHEMA
from camlode.pipeline.stages.read import read_shard
from camlode.workers import Success, matching
from camlode.workers.matching import match_patterns

# The model reads eight characters, so it does not see 水果 after party art.
TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "party art 水果", "不好"] * 6
SHARDS = 4


def make_best_patterns(*patterns: tuple[int, str]) -> pa.Table:
    row = {"units": 1, "importance": 1, "documents": 1, "occurrences": 1, "examples": []}
    return pa.Table.from_pylist(
        [row | {"label": label, "fragment": fragment} for label, fragment in patterns], schema=PARTIAL_SCHEMA
    )


@pytest.fixture
def finished_run(make_job: Any, make_shards: Any, open_pool: Any, make_context: Any) -> Any:
    """A pool, the context of a run, and its shards, all finished."""
    job = make_job(TEXTS)
    pool = open_pool(job)
    context, shards = make_context(job, pool), make_shards(job)
    updates = [*pool.run(context, shards)]
    assert sum(isinstance(outcome, Success) for update in updates for outcome in update.ended) == len(shards) == SHARDS
    return pool, context, shards


def test_matches_do_not_depend_on_the_size_of_parts(finished_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, context, shards = finished_run
    patterns = make_best_patterns((0, "水果"), (1, "水果"), (1, "电脑"), (1, "没有"))
    matches, seconds = pool.match_patterns(context, patterns, shards, lambda: None)
    assert matches.counts.documents.tolist() == [18, 18, 12, 0]
    assert matches.counts.predicted.tolist() == [12, 6, 12, 0]
    assert matches.counts.corpus.documents == len(TEXTS)
    assert matches.counts.corpus.predicted.tolist() == [12, 12]
    counters = zip(*matches.counter_examples.select(["pattern", "document"]).to_pydict().values(), strict=True)
    assert [*counters] == [(0, "3"), (0, "8"), (0, "13"), (1, "0"), (1, "3"), (1, "5")]
    assert seconds > 0
    for parts_a_task, most, tasks in ((1, 1000, 1), (4, 2, 1), (4, 1000, 3)):
        monkeypatch.setattr(matching, "PARTS_PER_TASK", parts_a_task)
        monkeypatch.setattr(matching, "SHARDS_PER_PART", most)
        others, _ = match_patterns(context, patterns, shards, tasks, lambda: None)
        assert others.counter_examples.equals(matches.counter_examples)
        for name in ("documents", "occurrences", "predicted", "with_gold", "gold"):
            np.testing.assert_array_equal(getattr(others.counts, name), getattr(matches.counts, name))

    check_word_boundaries(pool, context, shards)
    check_shard_subset(pool, context, shards)
    check_missing_files(pool, context, shards)


def check_word_boundaries(pool: Any, context: Any, shards: Any) -> None:
    fragments = context.job.fragments.model_copy(update={"unit": "char"})
    characters = replace(context, key="other", job=context.job.model_copy(update={"fragments": fragments}))
    for each, occurrences in ((context, 6), (characters, 12)):
        matches = pool.match_patterns(each, make_best_patterns((0, "ART")), shards, lambda: None).matches
        assert matches.counts.occurrences.tolist() == [occurrences]


def check_shard_subset(pool: Any, context: Any, shards: Any) -> None:
    counts = pool.match_patterns(context, make_best_patterns((0, "水果")), shards[:1], lambda: None).matches.counts
    texts = read_shard(shards[0], context.job.corpus).documents["text"].to_pylist()
    assert counts.corpus.documents == len(texts) < len(TEXTS)
    assert counts.documents.tolist() == [sum("水果" in text for text in texts)]


def check_missing_files(pool: Any, context: Any, shards: Any) -> None:
    for file in Path(context.folder.address, "predictions").iterdir():
        file.write_bytes(b"PAR1")
    with pytest.raises(WorkerError, match=r"predictions/0.* is damaged .*; delete it and start the job again"):
        pool.match_patterns(context, make_best_patterns((0, "水果")), shards, lambda: None)
    Path(shards[0].file.path).unlink()
    with pytest.raises(CorpusError, match=r"corpus\.jsonl"):
        pool.match_patterns(context, make_best_patterns((0, "水果")), shards, lambda: None)


def test_a_process_builds_its_automaton_once_for_each_pass(finished_run: Any) -> None:
    _, context, shards = finished_run
    part = matching.match_part._function
    matching._build_patterns.cache_clear()
    for key in ("first", "first", "second", "second"):
        published = matching._Published(
            key, make_best_patterns((0, "水果"))["label"], make_best_patterns((0, "水果"))["fragment"]
        )
        part(context, published, shards[:1])
    assert matching._build_patterns.cache_info().misses == 2
