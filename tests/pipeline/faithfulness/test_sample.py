from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from camlode.config import parse_job
from camlode.config.errors import CorpusError
from camlode.pipeline.faithfulness.agreement import rank_tokens
from camlode.pipeline.faithfulness.sample import draw_sample, leave_one_out, position_only, random_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job


@pytest.fixture
def make_job(tmp_path: Path, toy_values: dict[str, Any]) -> Callable[..., Job]:
    """A job over files of so many documents each."""

    def make(*sizes: int, seed: int = 0, **columns: object) -> Job:
        for number, size in enumerate(sizes):
            records = [{"id": f"{number}-{row:02}", "text": "水果", **columns} for row in range(size)]
            (tmp_path / f"{number}.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records))
        toy_values["corpus"] |= {"paths": str(tmp_path)}
        toy_values["run"] |= {"shard_documents": 100, "seed": seed}
        return parse_job(toy_values, tmp_path)

    return make


def ids(job: Job, count: int) -> list[str]:
    return draw_sample(job, count).documents["id"].to_pylist()  # type: ignore[no-any-return]


def test_as_many_from_each_shard_in_the_order_of_the_corpus(make_job: Any) -> None:
    found = ids(make_job(20, 30, 40), 12)
    assert Counter(each[0] for each in found) == {"0": 4, "1": 4, "2": 4}
    assert found == sorted(found)


def test_larger_shards_make_up_for_what_small_ones_lack(make_job: Any) -> None:
    assert Counter(each[0] for each in ids(make_job(40, 2, 40), 12)) == {"0": 5, "1": 2, "2": 5}


def test_fewer_documents_than_shards(make_job: Any) -> None:
    assert max(Counter(each[0] for each in ids(make_job(5, 5, 5, 5), 2)).values()) == 1


def test_all_documents_where_there_are_no_more(make_job: Any) -> None:
    assert len(ids(make_job(3, 4), 500)) == 7


def test_the_seed_decides(make_job: Any) -> None:
    first = ids(make_job(50), 10)
    assert first == ids(make_job(50), 10)
    assert first != ids(make_job(50, seed=1), 10)


def test_spans_come_with_the_documents_drawn(make_job: Any) -> None:
    sample = draw_sample(make_job(5, why=[[0, 1]]), 2, "why")
    assert sample.spans == dict.fromkeys(sample.documents["place"].to_pylist(), ((0, 1),))


def test_a_column_without_spans_is_refused(make_job: Any) -> None:
    with pytest.raises(CorpusError, match=r"none of the 2 sampled documents has a span in column 'why' \(--spans\)"):
        draw_sample(make_job(5), 2, "why")


def test_a_corpus_of_rejects_is_refused(make_job: Any) -> None:
    with pytest.raises(CorpusError, match="the corpus has no document with a text"):
        draw_sample(make_job(5, text=" "), 2)


def test_leave_one_out_is_the_drop_that_a_token_makes(model: Any, make_texts: Any, make_pairs: Any) -> None:
    # Document 0 has no label, so it isn't run.
    pairs = make_pairs((1, 0, 2), (1, 1, 2), (2, 0, 1))
    scores = leave_one_out(model, make_texts([99], [10, 30], [5]), pairs)
    assert scores.tolist() == pytest.approx([0.1, 0.3, -0.1, -0.3, 0.05], abs=1e-6)
    assert model.asked == [[[10, 30], [5]], [[30], [10], []]]


def test_position_ranks_the_first_token_first(make_pairs: Any) -> None:
    pairs = make_pairs((0, 0, 3), (1, 0, 1))
    assert rank_tokens(position_only(pairs), pairs, np.zeros(4)).tolist() == [0, 1, 2, 0]


def test_random_order_is_that_of_the_ties(make_pairs: Any) -> None:
    pairs = make_pairs((0, 0, 3))
    assert rank_tokens(random_order(pairs), pairs, np.array([0.5, 0.9, 0.1])).tolist() == [1, 2, 0]
