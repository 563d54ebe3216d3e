"""How a run begins: anew, or where an earlier process left it."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from config import Job, combine_fingerprint_parts
from pipeline.runs.ledger import RunLedger, new_entries
from pipeline.runs.subjects import build_corpus_entry, build_model_entry
from pipeline.stages.folder import WorkFolder
from pipeline.stages.partials import FILE_KINDS
from pipeline.stages.reduce import choose_bucket_count
from sql import PatternStore, RunStart, mask_password
from workers.context import RunContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

    from config.fingerprints import Digests
    from pipeline.models.facts import ModelInfo
    from pipeline.records import CorpusFile, Shard
    from sql import Row

_LOG = logging.getLogger(__name__)


class ActiveRun(NamedTuple):
    """A run that this process works at: its store and ledger, and what its workers need to know."""

    store: PatternStore
    ledger: RunLedger
    context: RunContext

    @property
    def run(self) -> int:
        """The run's number."""
        return self.ledger.run


def start_run(
    store: PatternStore,
    job: Job,
    digests: Digests,
    versions: Mapping[str, str],
    files: Sequence[CorpusFile],
    shards: Sequence[Shard],
    model_info: ModelInfo,
) -> ActiveRun:
    """A new run over `shards` of `files`, in a folder of its own."""
    key = combine_fingerprint_parts(digests.parts)
    start = RunStart(
        fingerprint=key,
        parts=digests.parts,
        folder=f"{job.run.work_folder}/{key[:16]}-{token_hex(4)}",
        method=job.attribution.method,
        unit=job.fragments.unit,
        model=build_model_entry(job, digests.model, model_info),
        corpus=build_corpus_entry(job, digests.parts, files),
        settings=_dump_settings(job),
        versions=versions,
    )
    WorkFolder(start.folder).create(FILE_KINDS)
    return _open_run(store, store.start_run(start, new_entries(shards)), job, key, start.folder, model_info)


def resume_run(store: PatternStore, row: Row, job: Job, model_info: ModelInfo) -> ActiveRun:
    """An earlier run, taken up with what it has done; what has failed is tried again.

    Raises:
        StoreError: another process works at it.
    """
    store.resume_run(row["run"])
    WorkFolder(row["folder"]).create(FILE_KINDS)
    active_run = _open_run(store, row["run"], job, row["fingerprint"], row["folder"], model_info)
    active_run.ledger.reset_failed()
    return active_run


def load_run_job(row: Row, store_url: str) -> Job:
    """The job of a run in the store at `store_url`, as it was when the run began."""
    settings = json.loads(row["settings"])
    folder = settings.pop("folder")
    return Job.model_validate(settings | {"store": {"url": store_url}}).resolve_paths(Path(folder))


def save_job_model(job: Job, model: keras.Model) -> Job:
    """The job with a file for a model in memory; the same weights and layers have the same file, written once."""
    digest = hashlib.sha256(model.to_json().encode())
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    path = Path(job.run.work_folder) / f"model-{digest.hexdigest()[:16]}.keras"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{token_hex(4)}-{path.name}")
        model.save(unfinished)
        unfinished.rename(path)
    return job.model_copy(update={"model": job.model.model_copy(update={"path": str(path)})})


def _open_run(store: PatternStore, run: int, job: Job, key: str, folder: str, model_info: ModelInfo) -> ActiveRun:
    ledger = RunLedger(store, run)
    _LOG.debug("run %d: %d shards, files in %s, fingerprint %s", run, len(ledger), folder, key)
    # Of what was planned, whatever the job says now: partials must all have the same buckets.
    buckets = choose_bucket_count(len(ledger) * job.run.shard_documents)
    return ActiveRun(store, ledger, RunContext(key, job, model_info, WorkFolder(folder), buckets))


def _dump_settings(job: Job) -> dict[str, object]:
    store = {"url": mask_password(job.store.url)}
    return job.model_dump(mode="json") | {"store": store, "folder": str(job.folder)}
