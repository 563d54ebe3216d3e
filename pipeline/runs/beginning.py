"""How a run begins: anew, or where an earlier process left it."""

from __future__ import annotations

import hashlib
import json
import logging
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from config import Job, fingerprint_of
from pipeline.runs.ledger import RunLedger, entries_of
from pipeline.runs.subjects import corpus_entry, model_entry
from pipeline.stages.folder import WorkFolder
from pipeline.stages.partials import KINDS
from pipeline.stages.reduce import bucket_count
from sql import PatternStore, RunStart, masked
from workers.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

    from config.fingerprints import Digests
    from pipeline.models.facts import ModelFacts
    from pipeline.records import CorpusFile, Shard
    from sql import Row

_LOG = logging.getLogger(__name__)


class Begun(NamedTuple):
    """A run that this process works at: its store and ledger, and what its workers need to know."""

    store: PatternStore
    ledger: RunLedger
    context: Context

    @property
    def run(self) -> int:
        """The run's number."""
        return self.ledger.run


def begin(
    store: PatternStore,
    job: Job,
    digests: Digests,
    versions: Mapping[str, str],
    files: Sequence[CorpusFile],
    shards: Sequence[Shard],
    facts: ModelFacts,
) -> Begun:
    """A new run over `shards` of `files`, in a folder of its own."""
    key = fingerprint_of(digests.parts)
    start = RunStart(
        fingerprint=key,
        parts=digests.parts,
        folder=f"{job.run.work_folder}/{key[:16]}-{token_hex(4)}",
        method=job.attribution.method,
        unit=job.fragments.unit,
        model=model_entry(job, digests.model, facts),
        corpus=corpus_entry(job, digests.parts, files),
        settings=_settings(job),
        versions=versions,
    )
    WorkFolder(start.folder).create(KINDS)
    return _begun(store, store.start_run(start, entries_of(shards)), job, key, start.folder, facts)


def resume(store: PatternStore, row: Row, job: Job, facts: ModelFacts) -> Begun:
    """An earlier run, taken up with what it has done; what has failed is tried again.

    Raises:
        StoreError: another process works at it.
    """
    store.resume_run(row["run"])
    WorkFolder(row["folder"]).create(KINDS)
    begun = _begun(store, row["run"], job, row["fingerprint"], row["folder"], facts)
    begun.ledger.try_failed_again()
    return begun


def settled_job(row: Row, store_url: str) -> Job:
    """The job of a run in the store at `store_url`, as it was when the run began."""
    settings = json.loads(row["settings"])
    folder = settings.pop("folder")
    return Job.model_validate(settings | {"store": {"url": store_url}}).within(Path(folder))


def saved_job(job: Job, model: keras.Model) -> Job:
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


def _begun(store: PatternStore, run: int, job: Job, key: str, folder: str, facts: ModelFacts) -> Begun:
    ledger = RunLedger(store, run)
    _LOG.debug("run %d: %d shards, files in %s, fingerprint %s", run, len(ledger), folder, key)
    # Of what was planned, whatever the job says now: partials must all have the same buckets.
    buckets = bucket_count(len(ledger) * job.run.shard_documents)
    return Begun(store, ledger, Context(key, job, facts, WorkFolder(folder), buckets))


def _settings(job: Job) -> dict[str, object]:
    store = {"url": masked(job.store.url)}
    return job.model_dump(mode="json") | {"store": store, "folder": str(job.folder)}
