from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import Corpus, Model, load_job
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import CorpusFile
from camlode.pipeline.runs.start import build_corpus_entry, build_model_entry, corpus_name, model_name
from camlode.sql import CorpusEntry, ModelEntry

if TYPE_CHECKING:
    from pathlib import Path

    from camlode.config import Job

FACTS = ModelInfo(("食物", "数码"), ("conv",), "softmax", 8, None, "batches are cut", "logits")


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        ("corpus/news.jsonl", "news"),
        ("/data/news.2024.csv", "news.2024"),
        ("news.jsonl.gz", "news"),
        ("news.csv.zst", "news"),
        ("/data/news/*.jsonl", "news"),
        ("/data/news/", "news"),
        ("/data/news.v2/*.parquet", "news.v2"),
        ("/data/news/*/part-?.csv", "news"),
        (["/data/news/a.csv", "/data/news/b.csv"], "news"),
        (["/data/train/*.csv", "/data/test/*.csv"], "data"),
        (["/data/a.csv", "/data"], "data"),
        (["/a.csv", "/b.csv"], "corpus"),
        (["a.csv", "b.csv"], "corpus"),
        ("*.csv", "corpus"),
        ("s3://bucket/news/2024-*.parquet", "news"),
        ("s3://bucket/news.parquet", "news"),
        (["s3://bucket/a.parquet", "s3://bucket/b.parquet"], "bucket"),
    ],
)
def test_a_corpus_is_called_after_its_file_or_the_folder_of_all_of_them(paths: Any, name: str) -> None:
    assert corpus_name(Corpus(paths=paths)) == name


def test_a_folder_with_a_dot_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "news.v2").mkdir()
    assert corpus_name(Corpus(paths=tmp_path / "news.v2")) == "news.v2"


@pytest.mark.parametrize(
    ("path", "name"),
    [("topics.v2.keras", "topics.v2"), ("saved.v1", "saved.v1"), ("model.ckpt-5", "model.ckpt-5")],
)
def test_a_model_is_called_after_its_file(tmp_path: Path, path: str, name: str) -> None:
    (tmp_path / "topics.v2.keras").write_bytes(b"")
    (tmp_path / "saved.v1").mkdir()
    (tmp_path / "model.ckpt-5.meta").write_bytes(b"")
    assert model_name(Model(path=str(tmp_path / path), labels=["a"])) == name


def test_a_job_may_give_names(job: Job) -> None:
    named = load_job(job.folder / "job.yaml", ["corpus.name=headlines", "model.name=topics", "model.version='3'"])
    entry = build_model_entry(named, "abc", FACTS)
    assert (entry.name, entry.version) == ("topics", "3")
    assert corpus_name(named.corpus) == "headlines"


def test_what_the_store_knows_of_model_and_corpus(job: Job) -> None:
    with_threshold = load_job(job.folder / "job.yaml", ["model.threshold={数码: 0.25}"])
    assert build_model_entry(with_threshold, "abc", FACTS) == ModelEntry(
        name="model",
        version=None,
        digest="abc",
        task="multiclass",
        labels=("食物", "数码"),
        thresholds=(0.0, 0.25),
        layers=("conv",),
    )
    files = [CorpusFile("a.jsonl", 10), CorpusFile("b.jsonl", 0)]
    assert build_corpus_entry(job, {"corpus": "def"}, files) == CorpusEntry("corpus", "def", files=2, bytes=10)
