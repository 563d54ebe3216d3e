from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config import parse_job
from camlode.config.errors import CorpusError
from camlode.pipeline.faithfulness.plausibility import parse_spans, read_spans_by_location
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["[[0, 2], [3, 5]]"], ((0, 2), (3, 5))),
        (["[0, 2]", "[3, 5]"], ((0, 2), (3, 5))),
        (["[0, 2]"], ((0, 2),)),
        (["[]"], ()),
        ([], ()),
        (None, None),
        (["null"], None),
    ],
)
def test_a_json_list_or_the_items_of_a_list(parts: list[str] | None, expected: object) -> None:
    assert parse_spans(parts, "hello", "c.csv:2", "why") == expected


@pytest.mark.parametrize("came", ["0-2", "[0, 2, 4]", '[["0", 2]]', "[[0]]", "7", '{"start": 0}', "[[true, 1]]"])
def test_anything_else_is_told_with_its_document(came: str) -> None:
    with pytest.raises(CorpusError, match=r"^c.csv:2: column 'why' \(--spans\) must hold a list of \[start, end\)"):
        parse_spans([came], "hello", "c.csv:2", "why")


@pytest.mark.parametrize("came", ["[[0, 6]]", "[[-1, 2]]", "[[3, 2]]"])
def test_a_span_outside_of_the_text_is_told(came: str) -> None:
    with pytest.raises(CorpusError, match=r"^c.csv:2: the span .* is outside of the text, which has 5 characters"):
        parse_spans([came], "hello", "c.csv:2", "why")


def read(path: Path, column: str = "why") -> list[Any]:
    job = parse_job(
        {
            "corpus": {"paths": str(path)},
            "model": {"path": "m.keras", "labels": ["a", "b"]},
            "tokenizer": {"vocabulary": "v.txt"},
        }
    )
    (shard,) = plan_shards(find_files(job.corpus.paths), job.corpus, 100)
    return [parse_spans(parts, "hello", "", column) for parts in read_spans_by_location(job, shard, column).values()]


def test_every_format_that_has_columns(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["x", "y"], "why": [[[0, 2], [3, 4]], None]}), tmp_path / "c.parquet")
    (tmp_path / "c.jsonl").write_text('{"text": "x", "why": [[0, 2], [3, 4]]}\n{"text": "y"}\n')
    (tmp_path / "d.jsonl").write_text('{"text": "x", "why": "[[0, 2], [3, 4]]"}\n{"text": "y", "why": null}\n')
    (tmp_path / "c.csv").write_text('text,why\nx,"[[0, 2], [3, 4]]"\ny,null\n')
    spans = [((0, 2), (3, 4)), None]
    assert [read(tmp_path / name) for name in ("c.parquet", "c.jsonl", "d.jsonl", "c.csv")] == [spans] * 4


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("text,why\nx,[]\n")
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "c.parquet")
    for name in ("c.csv", "c.parquet"):
        with pytest.raises(CorpusError, match=rf"{name} has no column 'who' \(--spans\)"):
            read(tmp_path / name, "who")
