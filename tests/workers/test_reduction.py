from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from camlode.config import WorkerError
from camlode.pipeline.records import Counts
from camlode.pipeline.stages.reduce import select_best
from camlode.workers import Success, reduction

TEXTS = ["我买了水果", "电脑很快", "水果和电脑", "不好"] * 8
BUCKETS = 3


@pytest.fixture
def finished_run(make_job: Any, make_shards: Any, open_pool: Any, make_context: Any) -> Any:
    """A pool, the context of a run with three buckets, and the partials of its five shards."""
    job = make_job(TEXTS)
    pool = open_pool(job)
    context = make_context(job, pool, buckets=BUCKETS)
    updates = [*pool.run(context, make_shards(job))]
    outcomes = [outcome for update in updates for outcome in update.ended if isinstance(outcome, Success)]
    return pool, context, [outcome.done.partial for outcome in outcomes]


def test_sums_do_not_depend_on_the_number_of_partials_per_task(
    finished_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, context, partials = finished_run
    at_once = pool.sum_partials(context, partials, lambda: None)
    monkeypatch.setattr(reduction, "PARTIALS_PER_TASK", 2)
    in_parts = pool.sum_partials(context, partials, lambda: None)
    assert (in_parts.counts, in_parts.corrupt) == (at_once.counts, ())
    assert in_parts.counts.read == len(TEXTS)
    np.testing.assert_array_equal(in_parts.totals.importance, at_once.totals.importance)
    np.testing.assert_array_equal(in_parts.totals.predicted, [16, 16])

    assert pool.sum_partials(context, [], lambda: None) == (None, Counts(), ())
    check_broken_partial(pool, context, partials)


def check_broken_partial(pool: Any, context: Any, partials: Any) -> None:
    first, *others = partials
    with context.folder.open("partials", first.name) as file:
        content = file.read()
    context.folder.write("partials", first.name, content[:-1])
    sums = pool.sum_partials(context, [first, *others], lambda: None)
    assert sums.corrupt == (first.name,)
    assert sums.counts == pool.sum_partials(context, others, lambda: None).counts
    assert sums.counts.read < len(TEXTS)


def test_buckets_are_merged_separately_and_in_order(finished_run: Any) -> None:
    pool, context, partials = finished_run
    names = [partial.name for partial in partials]
    merge_buckets = [*pool.merge_buckets(context, names, lambda: None)]
    assert len(merge_buckets) == BUCKETS
    fragments = [text for bucket in merge_buckets for text in bucket["fragment"].to_pylist()]
    assert sorted(fragments) == ["很快", "水果", "电脑", "电脑很快"]
    best = select_best(merge_buckets, context.job.patterns)
    assert best.select(["label", "fragment", "documents"]).to_pylist()[0] == {
        "label": 0,
        "fragment": "水果",
        "documents": 16,
    }

    with pytest.raises(WorkerError, match=r"gone\.parquet is damaged .*; delete it and start the job again"):
        [*pool.merge_buckets(context, ["gone.parquet"], lambda: None)]


def test_duplicate_ids_are_counted_if_the_corpus_has_ids(finished_run: Any) -> None:
    pool, context, partials = finished_run
    names = [partial.name for partial in partials]
    assert pool.count_duplicate_ids(context, names, lambda: None) == 0
    again = pool.sum_partials(context, partials[:1], lambda: None).counts.explained
    assert pool.count_duplicate_ids(context, [*names, names[0]], lambda: None) == again > 0
    corpus = context.job.corpus.model_copy(update={"id": None})
    without = replace(context, job=context.job.model_copy(update={"corpus": corpus}))
    assert pool.count_duplicate_ids(without, [*names, names[0]], lambda: None) == 0
