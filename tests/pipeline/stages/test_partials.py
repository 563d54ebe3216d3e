from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config.errors import WorkerError
from camlode.pipeline.records import (
    PARTIAL_SCHEMA,
    PREDICTIONS_SCHEMA,
    REJECTS_SCHEMA,
    CorpusFile,
    Counts,
    LabelTotals,
    Shard,
    ShardResult,
)
from camlode.pipeline.stages.partials import (
    FILE_KINDS,
    Partial,
    count_duplicate_ids,
    read_bucket,
    read_predictions,
    sum_results,
    write_result,
)
from camlode.pipeline.stages.work_folder import WorkFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

COUNTS = Counts(read=9, explained=6, rejected=Counter(null_text=2, no_tokens=1), pairs=7, padding=2**40)


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> WorkFolder:
    """The empty folder of a run, on a disk or in an object store of fsspec's."""
    found = WorkFolder(str(tmp_path) if request.param == "disk" else f"memory://{uuid4().hex}")
    found.create(FILE_KINDS)
    return found


@pytest.fixture
def on_disk(tmp_path: Path) -> WorkFolder:
    found = WorkFolder(str(tmp_path))
    found.create(FILE_KINDS)
    return found


def totals(*numbers: int) -> LabelTotals:
    return LabelTotals(*(np.array([number], np.int64) for number in numbers))


def shard(number: int) -> Shard:
    return Shard(f"{number:016x}", number, CorpusFile("corpus.jsonl", 100), "bytes", 0, 100)


def result(*fragments: str, ids: Sequence[str] = (), rejects: pa.Table | None = None) -> ShardResult:
    example = {"importance": 5, "document": "d", "place": "p", "left": "左", "right": "😀"}
    row = {"label": 0, "units": 1, "importance": 1, "documents": 1, "occurrences": 1, "examples": [example]}
    rows = [row | {"fragment": each} for each in fragments]
    model_predictions = [{"id": each, "place": "p", "predicted": [0], "labels": None} for each in ids]
    return ShardResult(
        pa.Table.from_pylist(rows, schema=PARTIAL_SCHEMA),
        pa.Table.from_pylist(model_predictions, schema=PREDICTIONS_SCHEMA),
        REJECTS_SCHEMA.empty_table() if rejects is None else rejects,
        totals(1, 2, 3, 2**45),
        COUNTS,
    )


def bucket(folder: WorkFolder, names: Sequence[str], number: int) -> list[Any]:
    return [text for part in read_bucket(folder, names, number) for text in part["fragment"].to_pylist()]


def test_the_buckets_of_a_shard_together_are_its_partial(folder: WorkFolder) -> None:
    found = result("手机", "天气", "a", "b", "c")
    name = write_result(folder, shard(3), found, buckets=4).name
    parts = [part for number in range(4) for part in read_bucket(folder, [name], number)]
    assert all(part.schema == PARTIAL_SCHEMA for part in parts)
    together = pa.concat_tables(parts).sort_by("fragment")
    assert together.to_pylist() == found.partial.sort_by("fragment").to_pylist()


def test_an_empty_bucket_keeps_its_number(folder: WorkFolder) -> None:
    name = write_result(folder, shard(0), result("手机"), buckets=5).name
    assert sorted(bucket(folder, [name], number) for number in range(5)) == [[], [], [], [], ["手机"]]


def test_a_shard_without_fragments(folder: WorkFolder) -> None:
    name = write_result(folder, shard(0), result(), buckets=3).name
    assert [bucket(folder, [name], number) for number in range(3)] == [[], [], []]


def test_a_bucket_is_read_of_every_shard(folder: WorkFolder) -> None:
    names = [
        write_result(folder, shard(number), result(*texts), buckets=1).name
        for number, texts in enumerate([("手机",), ("手机", "天气")])
    ]
    assert bucket(folder, names[::-1], 0) == ["手机", "天气", "手机"]


def test_no_shards(folder: WorkFolder) -> None:
    assert [part.num_rows for part in read_bucket(folder, [], 0)] == [0]
    assert count_duplicate_ids(folder, [], 0) == 0
    assert sum_results(folder, []) == (None, Counts(), ())


def test_a_partial_has_a_name_and_a_size(on_disk: WorkFolder, tmp_path: Path) -> None:
    partial = write_result(on_disk, shard(7), result("a"), buckets=1)
    file = tmp_path / "partials" / "000007-0000000000000007.parquet"
    assert partial == (file.name, file.stat().st_size)


def test_predictions_and_rejects_are_written_too(folder: WorkFolder) -> None:
    rejects = pa.table({"id": ["b"], "place": ["q"], "reason": ["null_text"], "extract": [""]}, schema=REJECTS_SCHEMA)
    name = write_result(folder, shard(7), result(ids=["a"], rejects=rejects), buckets=1).name
    with folder.open("predictions", name) as file:
        assert pq.read_table(file).to_pylist() == [{"id": "a", "place": "p", "predicted": [0], "labels": None}]
    with folder.open("rejects", name) as file:
        assert pq.read_table(file) == rejects


def test_a_shard_without_rejects_has_no_file_of_them(folder: WorkFolder) -> None:
    name = write_result(folder, shard(7), result(ids=["a"]), buckets=1).name
    assert folder.size("rejects", name) is None


def test_a_result_replaces_an_earlier_one(folder: WorkFolder) -> None:
    write_result(folder, shard(0), result("a"), buckets=2)
    name = write_result(folder, shard(0), result("b", "c"), buckets=1).name
    assert bucket(folder, [name], 0) == ["b", "c"]


def test_a_failed_write_leaves_no_partial(on_disk: WorkFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = pq.ParquetWriter.write_table, []

    def failing(writer: Any, *arguments: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 5:  # the partial's second bucket, after the predictions and two buckets of ids
            raise OSError("no memory left")
        write(writer, *arguments, **options)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", failing)
    with pytest.raises(OSError, match="no memory left"):
        write_result(on_disk, shard(0), result("a", "b"), buckets=2)
    assert [*(tmp_path / "partials").iterdir()] == []


def test_the_sums_of_several_shards(folder: WorkFolder) -> None:
    partials = [write_result(folder, shard(number), result("a"), buckets=2) for number in range(3)]
    sums = sum_results(folder, partials)
    assert sums.totals is not None
    assert [getattr(sums.totals, name).tolist() for name in ("predicted", "gold", "agreed", "importance")] == [
        *([3], [6], [9]),
        [3 * 2**45],
    ]
    assert sums.counts == COUNTS + COUNTS + COUNTS
    assert sums.corrupt == ()


HARMS: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _: None,
    "truncated": lambda content: content[:-10],
    "too long": lambda content: content + b"x",
    "without a footer": lambda content: content[:-8] + bytes(8),
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_missing_or_corrupt_partial_is_reported_and_adds_nothing(
    on_disk: WorkFolder, tmp_path: Path, harm: str
) -> None:
    good, corrupt = (write_result(on_disk, shard(number), result("a"), buckets=1) for number in range(2))
    file = tmp_path / "partials" / corrupt.name
    content = HARMS[harm](file.read_bytes())
    file.unlink() if content is None else file.write_bytes(content)
    sums = sum_results(on_disk, [corrupt, good])
    assert sums.corrupt == (corrupt.name,)
    assert sums.counts == COUNTS


def test_a_partial_missing_from_an_object_store_is_reported(folder: WorkFolder) -> None:
    assert sum_results(folder, [Partial("gone.parquet", 5)]).corrupt == ("gone.parquet",)


@pytest.mark.parametrize("buckets", [1, 3])
@pytest.mark.parametrize(
    ("ids", "duplicates"), [([("a", "b"), ("c",)], 0), ([("a", "a"), ("b",)], 1), ([("a", "b"), ("a", "a", "b")], 3)]
)
def test_duplicate_ids_are_counted(
    folder: WorkFolder, ids: list[tuple[str, ...]], duplicates: int, buckets: int
) -> None:
    names = [
        write_result(folder, shard(number), result(ids=each), buckets=buckets).name for number, each in enumerate(ids)
    ]
    assert sum(count_duplicate_ids(folder, names, number) for number in range(buckets)) == duplicates


def test_every_id_is_in_one_bucket(folder: WorkFolder) -> None:
    ids = [f"id{number}" for number in range(50)]
    name = write_result(folder, shard(0), result(ids=ids), buckets=3).name
    with folder.open("ids", name) as file:
        found = pq.ParquetFile(file)
        rows = [found.metadata.row_group(number).num_rows for number in range(found.num_row_groups)]
    assert len(rows) == 3
    assert min(rows) > 5
    assert sum(rows) == len(ids)


def test_predictions_are_read_back(folder: WorkFolder) -> None:
    found = result(ids=["a", "b"])
    write_result(folder, shard(7), found, buckets=1)
    assert read_predictions(folder, shard(7)).equals(found.predictions)


def test_a_partial_without_a_file_beside_it_is_corrupt(on_disk: WorkFolder, tmp_path: Path) -> None:
    partial = write_result(on_disk, shard(7), result(ids=["a"]), buckets=1)
    (tmp_path / "predictions" / partial.name).unlink()
    assert sum_results(on_disk, [partial]).corrupt == (partial.name,)


def test_a_damaged_file_is_an_error(on_disk: WorkFolder, tmp_path: Path) -> None:
    partial = write_result(on_disk, shard(7), result("a"), buckets=1)
    file = tmp_path / "partials" / partial.name
    content = file.read_bytes()
    # The first pages of the data, whose checksums no longer match.
    file.write_bytes(content[:4] + bytes(100) + content[104:])
    with pytest.raises(
        WorkerError, match=rf"partials/{partial.name} is damaged \(.*\); delete it and start the job again"
    ):
        bucket(on_disk, [partial.name], 0)
