"""The start of a run: its entries in the store, its work folder, its ledger."""

from __future__ import annotations

import hashlib
import logging
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from camlode.config import Job, combine_fingerprint_parts, resolve_thresholds
from camlode.config.atomic_write import atomic_write
from camlode.config.attribution import NON_ADDITIVE_METHODS
from camlode.config.errors import JobError
from camlode.pipeline.runs.ledger import RunLedger, new_entries
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.reduce import choose_bucket_count
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunStart, mask_password
from camlode.workers.context import RunContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

    from camlode.config import Corpus, Model
    from camlode.config.fingerprints import Digests
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.records import CorpusFile, Shard

_COMPRESSED = (".gz", ".zst")

_LOG = logging.getLogger(__name__)


class ActiveRun(NamedTuple):
    """A run that this process owns: its store, its ledger, and the context of its tasks."""

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
    """Start a new run over `shards` of `files`, in a new work folder."""
    key = combine_fingerprint_parts(digests.parts)
    start = RunStart(
        fingerprint=key,
        parts=digests.parts,
        # Unique: a --fresh run of the same job must not overwrite the partials of another one.
        folder=f"{job.run.work_folder}/{key[:16]}-{token_hex(4)}",
        method=job.attribution.method,
        unit=job.fragments.unit,
        model=build_model_entry(job, digests.model, model_info),
        corpus=build_corpus_entry(job, digests.parts, files),
        settings=_dump_settings(job),
        versions=versions,
    )
    WorkFolder(start.folder).create(FILE_KINDS)
    return open_run(store, store.start_run(start, new_entries(shards)), job, key, start.folder, model_info)


def open_run(store: PatternStore, run: int, job: Job, key: str, folder: str, model_info: ModelInfo) -> ActiveRun:
    """Open a run whose row and shards are in the store, and which this process owns."""
    ledger = RunLedger(store, run)
    _LOG.debug("run %d: %d shards, files in %s, fingerprint %s", run, len(ledger), folder, key)
    # By the number of planned shards, which never changes: all partials of a run must have the same buckets.
    buckets = choose_bucket_count(len(ledger) * job.run.shard_documents)
    return ActiveRun(store, ledger, RunContext(key, job, model_info, WorkFolder(folder), buckets))


def check_method(job: Job) -> None:
    """Check that the scores of the job's method can be summed over a corpus.

    Raises:
        JobError: they cannot.
    """
    if job.attribution.method in NON_ADDITIVE_METHODS:
        raise JobError(
            f"attribution.method: {job.attribution.method} divides each text's scores by their own maximum, so those "
            "of different texts cannot be summed over a corpus; mine with another method, such as grad-cam"
        )


def package_versions(job: Job) -> dict[str, str]:
    """Return the versions of camlode and of the libraries that affect results."""
    return {package: version(package) for package in ("camlode", job.model.backend, "keras", "ray", "numpy", "pyarrow")}


def save_job_model(job: Job, model: keras.Model) -> Job:
    """Save a model in memory to a file for the workers; returns the job with its path.

    The file is named by the digest of layers and weights, and written once: the same model has the same fingerprint.
    """
    digest = hashlib.sha256(model.to_json().encode())
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    path = Path(job.run.work_folder) / f"model-{digest.hexdigest()[:16]}.keras"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as unfinished:
            model.save(unfinished)
    return job.model_copy(update={"model": job.model.model_copy(update={"path": str(path)})})


def build_model_entry(job: Job, digest: str, model_info: ModelInfo) -> ModelEntry:
    """Describe the job's model for the store; `digest` is that of its bytes."""
    return ModelEntry(
        name=model_name(job.model),
        version=job.model.version,
        digest=digest,
        task=job.model.task,
        labels=model_info.labels,
        thresholds=resolve_thresholds(job.model, model_info.labels),
        layers=model_info.layers,
    )


def build_corpus_entry(job: Job, parts: Mapping[str, str], files: Sequence[CorpusFile]) -> CorpusEntry:
    """Describe the job's corpus for the store, identified by its part of the job's fingerprint."""
    return CorpusEntry(corpus_name(job.corpus), parts["corpus"], len(files), sum(file.size for file in files))


def model_name(model: Model) -> str:
    """Return `model.name`, or else the file's name without its suffix; folders and checkpoints have no suffix."""
    path = Path(model.path)
    return model.name or (path.stem if path.is_file() else path.name)


def corpus_name(corpus: Corpus) -> str:
    """Return `corpus.name`, or else the name of its only file without suffix, or of the folder that holds all files."""
    if corpus.name is not None:
        return corpus.name
    paths = [_parts_before_wildcard(path) for path in corpus.paths]
    common = [same[0] for same in takewhile(lambda parts: len({*parts}) == 1, zip(*paths, strict=False))]
    if not common:
        return "corpus"
    is_file = [common] == [path.split("/") for path in corpus.paths] and not Path(corpus.paths[0]).is_dir()
    return _stem(common[-1]) if is_file else common[-1] or "corpus"


def _dump_settings(job: Job) -> dict[str, object]:
    store = {"url": mask_password(job.store.url)}
    return job.model_dump(mode="json") | {"store": store, "folder": str(job.folder)}


def _parts_before_wildcard(path: str) -> list[str]:
    """Split a path or URL into parts, up to the first with a wildcard."""
    return [*takewhile(lambda part: not any(char in part for char in "*?["), path.rstrip("/").split("/"))]


def _stem(name: str) -> str:
    path = Path(name)
    return Path(path.stem).stem if path.suffix in _COMPRESSED else path.stem
