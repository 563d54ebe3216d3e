from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config.sections import Corpus
from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"text": "买手机", "key": "1", "tags": "数码"},
    {"text": "", "key": "2", "tags": "教育"},
    {"text": "e\u0301👩‍👧", "key": "3", "tags": "情感"},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    rows = ["text,key,tags", *(",".join(row.values()) for row in ROWS)]
    (tmp_path / "c.csv").write_text("\n".join(rows), "utf-8")
    (tmp_path / "d.tsv").write_text("\n".join(rows).replace(",", "\t"), "utf-8")
    return Corpus(paths=[str(tmp_path)], id="key", label="tags")


@pytest.mark.parametrize("shard_documents", [1, 2, 1000])
def test_every_format_gives_the_same_records(corpus: Corpus, shard_documents: int) -> None:
    shards = plan_shards(find_files(corpus.paths), corpus, shard_documents)
    results = [read_shard(shard, corpus) for shard in shards]
    documents = pa.concat_tables([result.documents for result in results]).to_pylist()
    rejects = pa.concat_tables([result.rejects for result in results]).to_pylist()
    assert [(row["id"], row["text"], row["labels"]) for row in documents] == [
        ("1", "买手机", ["数码"]),
        ("3", "e\u0301👩‍👧", ["情感"]),
    ] * 4
    assert [(row["id"], row["reason"]) for row in rejects] == [("2", "empty_text")] * 4
    assert sum(result.record_count for result in results) == 12


def test_every_shard_has_tables_of_the_schemas(corpus: Corpus) -> None:
    for shard in plan_shards(find_files(corpus.paths), corpus, 1):
        result = read_shard(shard, corpus)
        assert (result.documents.schema, result.rejects.schema) == (DOCUMENTS_SCHEMA, REJECTS_SCHEMA)
        result.documents.validate(full=True)
