from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from camlode.pipeline.records import PREDICTIONS_SCHEMA, EncodedShard
from camlode.pipeline.stages.extract import build_predictions, sum_by_label

LABELS = ("a", "b", "c")
GOLD = [["a", "b"], ["b", "x"], None, [], ["c", "c"], ["a"]]
PAIRS = [(0, 0, [3, -1, 2]), (0, 2, [0]), (1, 1, [-4]), (2, 2, [7]), (4, 2, [1, 1])]


@pytest.fixture(params=[1, 3])
def shard(request: pytest.FixtureRequest, encoded_shard: Any) -> EncodedShard:
    """Six documents in one or three chunks."""
    whole = encoded_shard(["text"] * 6, GOLD)
    rows = 6 // request.param
    chunks = pa.concat_tables([whole.documents.slice(start, rows) for start in range(0, 6, rows)])
    return EncodedShard(chunks, whole.rejects, whole.tokens, whole.windows)


def test_each_explained_document_has_a_row(shard: EncodedShard, make_importances: Any) -> None:
    model_predictions = build_predictions(shard, make_importances(PAIRS, invalid=[5]))
    assert model_predictions.schema == PREDICTIONS_SCHEMA
    assert model_predictions.to_pylist() == [
        {"id": f"id{number}", "place": f"corpus:{number}", "predicted": labels, "labels": GOLD[number]}
        for number, labels in enumerate([[0, 2], [1], [2], [], [2]])
    ]


def test_sums_by_label(shard: EncodedShard, make_importances: Any) -> None:
    importances = make_importances(PAIRS, invalid=[5])
    totals = sum_by_label(build_predictions(shard, importances), importances, LABELS)
    assert totals.predicted.tolist() == [1, 1, 3]
    # x is not a label of the model's; what the invalid document was labelled does not count.
    assert totals.gold.tolist() == [1, 2, 1]
    assert totals.agreed.tolist() == [1, 1, 1]
    assert totals.importance.tolist() == [5, 0, 9]


def test_gold_labels_count_where_nothing_is_predicted(shard: EncodedShard, make_importances: Any) -> None:
    totals = sum_by_label(build_predictions(shard, make_importances([])), make_importances([]), LABELS)
    assert totals.predicted.tolist() == totals.agreed.tolist() == totals.importance.tolist() == [0, 0, 0]
    assert totals.gold.tolist() == [2, 2, 1]


def test_no_documents(encoded_shard: Any, make_importances: Any) -> None:
    model_predictions = build_predictions(encoded_shard([]), make_importances([]))
    totals = sum_by_label(model_predictions, make_importances([]), LABELS)
    assert model_predictions.num_rows == 0
    assert totals.gold.tolist() == totals.predicted.tolist() == totals.agreed.tolist() == [0, 0, 0]


def test_totals_of_shards_add_up(shard: EncodedShard, make_importances: Any) -> None:
    importances = make_importances(PAIRS)
    totals = sum_by_label(build_predictions(shard, importances), importances, LABELS)
    both = totals + totals
    assert both.predicted.tolist() == [2, 2, 6]
    assert both.gold.tolist() == [4, 4, 2]
    assert both.agreed.tolist() == [2, 2, 2]
    assert both.importance.tolist() == [10, 0, 18]
