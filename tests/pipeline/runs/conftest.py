"""Runs in a store, and reports of their shards, without mining."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import combine_fingerprint_parts, compute_digests, load_job
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import CorpusFile, Counts, Shard
from camlode.pipeline.runs.start import build_corpus_entry, build_model_entry, package_versions
from camlode.pipeline.stages.partials import Partial
from camlode.pipeline.stages.plan import find_files
from camlode.sql import PatternStore, RunStart, mask_password
from camlode.workers import Success
from camlode.workers.actor import AttributionStats
from camlode.workers.tasks import ShardReport

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job

MODEL_INFO = ModelInfo(("食物", "数码"), ("conv",), "softmax", 8, None, "batches are trimmed", "logits")
SECONDS = {"read": 0.5, "attribute": 1.25, "write": 0.25}


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job in `tmp_path` over two lines; its model is a placeholder that is never loaded."""
    (tmp_path / "corpus.jsonl").write_text('{"text": "水果"}\n{"text": "电脑"}\n', encoding="utf-8")
    (tmp_path / "model.keras").write_bytes(b"a model")
    (tmp_path / "vocabulary.txt").write_text("<PAD>\n<UNK>\n水\n", encoding="utf-8")
    (tmp_path / "job.yaml").write_text(
        "corpus: {paths: corpus.jsonl}\n"
        "model: {path: model.keras, labels: [食物, 数码]}\n"
        "tokenizer: {vocabulary: vocabulary.txt}\n",
        encoding="utf-8",
    )
    return load_job(tmp_path / "job.yaml")


@pytest.fixture
def store(tmp_path: Path) -> PatternStore:
    return PatternStore(str(tmp_path / "patterns.db"), create=True)


@pytest.fixture
def make_run_start() -> Callable[..., RunStart]:
    """Makes the start of a run of a job, by its corpus as it is now."""

    def start(job: Job, **changes: Any) -> RunStart:
        files = find_files(job.corpus.paths)
        parts, model = compute_digests(job, [(file.path, file.size) for file in files])
        settings = job.model_dump(mode="json") | {
            "store": {"url": mask_password(job.store.url)},
            "folder": str(job.folder),
        }
        values = {
            "fingerprint": combine_fingerprint_parts(parts),
            "parts": parts,
            "folder": f"{job.run.work_folder}/run",
            "method": job.attribution.method,
            "unit": job.fragments.unit,
            "model": build_model_entry(job, model, MODEL_INFO),
            "corpus": build_corpus_entry(job, parts, files),
            "settings": settings,
            "versions": package_versions(job),
        }
        return RunStart(**values | changes)

    return start


@pytest.fixture
def shards() -> list[Shard]:
    """Three shards of a file."""
    file = CorpusFile("corpus.jsonl", 90)
    return [Shard(f"{number:016x}", number, file, "bytes", 30 * number, 30 * number + 30) for number in range(3)]


@pytest.fixture
def done() -> Callable[..., Success]:
    """Makes the report of a finished shard."""

    def make(shard: Shard, *, attempts: int = 1, read: int = 7, rejected: Counter[str] | None = None) -> Success:
        counts = Counts(read=read) if rejected is None else Counts(read=read, rejected=rejected)
        partial = Partial(f"{shard.number}.parquet", 100 + shard.number)
        return Success(shard, attempts, ShardReport(counts, partial, SECONDS, AttributionStats(1.25, 2, "here:17")))

    return make
