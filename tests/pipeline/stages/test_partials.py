from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.records import (
    PARTIAL,
    PREDICTIONS,
    REJECTS,
    CorpusFile,
    Counts,
    LabelTotals,
    Shard,
    ShardResult,
)
from pipeline.stages.partials import count_duplicate_ids, read_bucket, write_result

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = LabelTotals(*(np.zeros(1, dtype=np.int64) for _ in range(4)))


def shard(number: int) -> Shard:
    return Shard(f"{number:016x}", number, CorpusFile("corpus.jsonl", 100), "bytes", 0, 100)


def result(*fragments: str, ids: tuple[str, ...] = ()) -> ShardResult:
    example = {"importance": 5, "document": "d", "place": "p", "left": "左", "right": "😀"}
    rows = [
        {"label": 0, "fragment": each, "importance": 1, "documents": 1, "occurrences": 1, "examples": [example]}
        for each in fragments
    ]
    said = [{"id": each, "place": "p", "predicted": [0], "labels": None} for each in ids]
    return ShardResult(
        pa.Table.from_pylist(rows, schema=PARTIAL),
        pa.Table.from_pylist(said, schema=PREDICTIONS),
        REJECTS.empty_table(),
        NOTHING,
        Counts(),
    )


def test_the_buckets_of_a_shard_together_are_its_partial(tmp_path: Path) -> None:
    found = result("手机", "天气", "a", "b", "c")
    write_result(str(tmp_path), shard(3), found, buckets=4)
    parts = [each for bucket in range(4) for each in read_bucket(str(tmp_path), [shard(3)], bucket)]
    assert [part.schema for part in parts] == [PARTIAL] * 4
    together = pa.concat_tables(parts).sort_by("fragment")
    assert together.to_pylist() == found.partial.sort_by("fragment").to_pylist()


def test_an_empty_bucket_keeps_its_number(tmp_path: Path) -> None:
    write_result(str(tmp_path), shard(0), result("手机"), buckets=5)
    rows = [read_bucket(str(tmp_path), [shard(0)], bucket)[0].num_rows for bucket in range(5)]
    assert sorted(rows) == [0, 0, 0, 0, 1]


def test_a_shard_without_fragments(tmp_path: Path) -> None:
    write_result(str(tmp_path), shard(0), result(), buckets=3)
    parts = [read_bucket(str(tmp_path), [shard(0)], bucket) for bucket in range(3)]
    assert [[part.num_rows for part in each] for each in parts] == [[0], [0], [0]]


def test_a_bucket_is_read_of_every_shard(tmp_path: Path) -> None:
    write_result(str(tmp_path), shard(0), result("手机"), buckets=1)
    write_result(str(tmp_path), shard(1), result("手机", "天气"), buckets=1)
    parts = read_bucket(str(tmp_path), [shard(1), shard(0)], 0)
    assert [part["fragment"].to_pylist() for part in parts] == [["手机", "天气"], ["手机"]]


def test_no_shards(tmp_path: Path) -> None:
    assert [part.num_rows for part in read_bucket(str(tmp_path), [], 0)] == [0]
    assert count_duplicate_ids(str(tmp_path), []) == 0


def test_predictions_and_rejects_are_written_too(tmp_path: Path) -> None:
    write_result(str(tmp_path), shard(7), result(ids=("a",)), buckets=1)
    name = "000007-0000000000000007.parquet"
    assert pq.read_table(tmp_path / "predictions" / name).to_pylist() == [
        {"id": "a", "place": "p", "predicted": [0], "labels": None}
    ]
    assert pq.read_table(tmp_path / "rejects" / name).schema == REJECTS


def test_a_result_is_written_over_one_that_is_there(tmp_path: Path) -> None:
    write_result(str(tmp_path), shard(0), result("a"), buckets=2)
    write_result(str(tmp_path), shard(0), result("b", "c"), buckets=1)
    assert read_bucket(str(tmp_path), [shard(0)], 0)[0]["fragment"].to_pylist() == ["b", "c"]


def test_what_is_not_complete_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = pq.ParquetWriter.write_table, []

    def failing(writer: Any, *arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise OSError("no space left")
        write(writer, *arguments, **options)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", failing)
    with pytest.raises(OSError, match="no space left"):
        write_result(str(tmp_path), shard(0), result("a", "b"), buckets=2)
    assert [*tmp_path.rglob("*.parquet")] == []
    monkeypatch.undo()
    write_result(str(tmp_path), shard(0), result("a", "b"), buckets=2)
    assert sum(read_bucket(str(tmp_path), [shard(0)], bucket)[0].num_rows for bucket in (0, 1)) == 2
    assert [*tmp_path.rglob("*.tmp")] == []


@pytest.mark.parametrize(
    ("ids", "duplicates"), [([("a", "b"), ("c",)], 0), ([("a", "a"), ("b",)], 1), ([("a", "b"), ("a", "a", "b")], 3)]
)
def test_ids_that_several_documents_carry(tmp_path: Path, ids: list[tuple[str, ...]], duplicates: int) -> None:
    for number, each in enumerate(ids):
        write_result(str(tmp_path), shard(number), result(ids=each), buckets=1)
    assert count_duplicate_ids(str(tmp_path), [shard(number) for number in range(len(ids))]) == duplicates
