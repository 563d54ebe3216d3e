from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config import load_job
from camlode.config.errors import CorpusError
from camlode.pipeline.dry_run.sample import TokenCheck, check_tokens, measure_corpus, sample_records
from camlode.pipeline.records import DOCUMENTS_SCHEMA, Tokens
from camlode.pipeline.stages.plan import find_files, plan_shards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job
    from camlode.pipeline.dry_run.sample import SampledRecords


def sampled(job: Job, count: int) -> tuple[int, SampledRecords]:
    """How many shards there are, and what is drawn of them."""
    shards = plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)
    return len(shards), sample_records(job, shards, count)


def ids(found: SampledRecords) -> list[Any]:
    return [int(each) for each in found.documents.documents["id"].to_pylist()]


@pytest.fixture
def make_job(write_job: Callable[..., Path], toy_values: dict[str, Any]) -> Callable[..., Job]:
    """The toy's job over records, or over a file of them."""

    def make(records: Any, path: Path | None = None, **run: int) -> Job:
        toy_values["run"] |= run
        if path is not None:
            toy_values["corpus"]["paths"] = str(path)
        return load_job(write_job(records))

    return make


def test_a_small_corpus_is_drawn_whole(make_job: Any) -> None:
    shards, found = sampled(make_job([{"id": str(number), "text": "水果"} for number in range(5)]), 300)
    assert (shards, found.records, found.exact, ids(found)) == (1, 5, True, [0, 1, 2, 3, 4])
    assert found.seconds > 0


def test_a_draw_is_spread_evenly_over_a_shard(make_job: Any) -> None:
    job = make_job([{"id": str(number), "text": "水果"} for number in range(9)], shard_documents=100)
    assert ids(sampled(job, 3)[1]) == [0, 4, 8]


def test_rejects_are_drawn_as_often_as_documents(make_job: Any) -> None:
    records = [{"id": "1", "text": "水果"} if number % 2 else b"broken" for number in range(20)]
    _, found = sampled(make_job(records, shard_documents=100), 10)
    assert (found.documents.documents.num_rows, found.documents.rejects.num_rows) == (5, 5)
    assert (found.records, found.documents.record_count) == (20, 10)


def test_rows_of_parquet_are_counted_without_being_read(make_job: Any, tmp_path: Path) -> None:
    rows = [{"id": str(number), "text": "水果", "labels": None} for number in range(50)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet", row_group_size=5)
    shards, found = sampled(make_job([], tmp_path / "rows.parquet", shard_documents=5), 6)
    # Two each of the first, the sixth and the last shard of five rows: their ends.
    assert (shards, found.records, found.exact) == (10, 50, True)
    assert ids(found) == [0, 4, 25, 29, 45, 49]


def test_lines_are_estimated_by_those_that_were_read(make_job: Any, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"{number:03}", "text": "a"}) for number in range(400)]
    (tmp_path / "lines.jsonl").write_text("\n".join(lines) + "\n")
    shards, found = sampled(make_job([], tmp_path / "lines.jsonl", shard_documents=40), 30)
    # All lines are of one length, so the estimate is short of the truth by rounding alone.
    assert shards > 3
    assert not found.exact
    assert found.records == pytest.approx(400, abs=4)


def test_a_corpus_of_empty_lines_has_no_record(make_job: Any) -> None:
    with pytest.raises(CorpusError, match=r"there is no record in .*corpus\.jsonl; check corpus\.paths"):
        sampled(make_job([b"", b"", b""]), 10)


def test_the_size_of_a_plan(make_job: Any, tmp_path: Path) -> None:
    job = make_job([{"id": str(number), "text": "水果"} for number in range(20)])
    files = find_files(job.corpus.paths)
    found = measure_corpus(files, plan_shards(files, job.corpus, 7))
    assert (found.files, found.bytes) == (1, (tmp_path / "corpus.jsonl").stat().st_size)
    assert found.shards == len(plan_shards(files, job.corpus, 7)) > 1


@dataclass
class LetterTokenizer:
    """A tokenizer of letters: x is unknown, a space is left out, five letters are all that is read."""

    asked: list[str]

    def encode(self, texts: list[str]) -> Tokens:
        self.asked += texts
        cut = [text.replace(" ", "")[:5] for text in texts]
        ids = np.array([1 if letter == "x" else 2 for text in cut for letter in text], np.int32)
        offsets = np.cumsum([0, *map(len, cut)])
        truncated = np.array([len(text.replace(" ", "")) > 5 for text in texts], bool)
        return Tokens(ids, ids, ids, offsets, truncated)


def documents(*texts: str) -> pa.Table:
    rows = [{"id": text, "text": text, "labels": None, "place": ""} for text in texts]
    return pa.Table.from_pylist(rows, schema=DOCUMENTS_SCHEMA)


@pytest.mark.parametrize(
    ("texts", "unknown", "found"),
    [
        (["ab", "abcx", "abcdefg", " "], 1, TokenCheck(4, 0, 5, 1 / 11, 1, 1)),
        (["ab"], None, TokenCheck(1, 2, 2, None, 0, 0)),
        ([" "], 1, TokenCheck(1, 0, 0, 0.0, 0, 1)),
        ([], 1, TokenCheck(0, 0, 0, 0.0, 0, 0)),
    ],
)
def test_what_becomes_of_texts(texts: list[str], unknown: int | None, found: TokenCheck) -> None:
    tokenizer: Any = LetterTokenizer([])
    assert check_tokens(tokenizer, documents(*texts), unknown) == found


def test_ten_are_checked_from_the_first_to_the_last() -> None:
    tokenizer: Any = LetterTokenizer([])
    found = check_tokens(tokenizer, documents(*(str(number) for number in range(91))), None)
    assert found.documents == 10
    assert tokenizer.asked == [str(number) for number in range(0, 91, 10)]
