from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from config import WorkerError
from pipeline.records import Counts
from pipeline.stages.folding import best_of
from workers import Outcome, reduction

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8
BUCKETS = 3


@pytest.fixture
def done(job_over: Any, shards_of: Any, open_pool: Any, context_of: Any) -> Any:
    """A pool, the context of a run in three buckets, and its five shards' partials."""
    job = job_over(TEXTS)
    pool = open_pool(job)
    context = context_of(job, pool, buckets=BUCKETS)
    turns = [*pool.run(context, shards_of(job))]
    outcomes = [outcome for turn in turns for outcome in turn.ended if isinstance(outcome, Outcome)]
    return pool, context, [outcome.done.partial for outcome in outcomes]


def test_shards_add_up_whatever_number_of_them_a_task_takes(done: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, context, partials = done
    at_once = pool.sums(context, partials, lambda: None)
    monkeypatch.setattr(reduction, "PARTIALS_AT_ONCE", 2)
    in_parts = pool.sums(context, partials, lambda: None)
    assert (in_parts.counts, in_parts.broken) == (at_once.counts, ())
    assert in_parts.counts.read == len(TEXTS)
    np.testing.assert_array_equal(in_parts.totals.importance, at_once.totals.importance)
    np.testing.assert_array_equal(in_parts.totals.predicted, [16, 16])

    assert pool.sums(context, [], lambda: None) == (None, Counts(), ())
    a_broken_one_is_told_and_the_others_add_up(pool, context, partials)


def a_broken_one_is_told_and_the_others_add_up(pool: Any, context: Any, partials: Any) -> None:
    first, *others = partials
    with context.folder.open("partials", first.name) as file:
        content = file.read()
    context.folder.write("partials", first.name, content[:-1])
    sums = pool.sums(context, [first, *others], lambda: None)
    assert sums.broken == (first.name,)
    assert sums.counts == pool.sums(context, others, lambda: None).counts
    assert sums.counts.read < len(TEXTS)


def test_the_buckets_are_merged_each_by_itself_and_in_order(done: Any) -> None:
    pool, context, partials = done
    names = [partial.name for partial in partials]
    merged = [*pool.merged(context, names, lambda: None)]
    assert len(merged) == BUCKETS
    fragments = [text for bucket in merged for text in bucket["fragment"].to_pylist()]
    assert sorted(fragments) == ["很快", "水果", "电脑", "电脑很快"]
    best = best_of(merged, context.job.patterns)
    assert best.select(["label", "fragment", "documents"]).to_pylist()[0] == {
        "label": 0,
        "fragment": "水果",
        "documents": 16,
    }

    with pytest.raises(WorkerError, match=r"gone\.parquet is damaged .*; remove it and start the job again"):
        [*pool.merged(context, ["gone.parquet"], lambda: None)]


def test_ids_are_counted_where_the_corpus_has_them(done: Any) -> None:
    pool, context, partials = done
    names = [partial.name for partial in partials]
    assert pool.duplicate_ids(context, names, lambda: None) == 0
    again = pool.sums(context, partials[:1], lambda: None).counts.explained
    assert pool.duplicate_ids(context, [*names, names[0]], lambda: None) == again > 0
    corpus = context.job.corpus.model_copy(update={"id": None})
    without = replace(context, job=context.job.model_copy(update={"corpus": corpus}))
    assert pool.duplicate_ids(without, [*names, names[0]], lambda: None) == 0
