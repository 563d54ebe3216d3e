"""How a run begins: anew, or where an earlier process left it."""
# MERGED: What a run is about, as the store knows it: its model and its corpus, with names that tell them from others.
# MERGED: Which earlier run a job goes on with, and what has changed where it can't.
# MERGED: What a run depends on before it begins.

from __future__ import annotations

import hashlib
import json
import logging
from importlib.metadata import version
from itertools import takewhile
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.config import Job, combine_fingerprint_parts, resolve_thresholds
from camlode.config.attribution import UNSUMMABLE_METHODS
from camlode.config.errors import JobError
from camlode.config.fingerprints import STORE_NAME_OPTIONS
from camlode.pipeline.runs.ledger import RunLedger, new_entries
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.reduce import choose_bucket_count
from camlode.pipeline.stages.work_folder import WorkFolder
from camlode.sql import (
    CorpusEntry,
    ModelEntry,
    PatternStore,
    RunStart,
    has_ended,
    is_running_here,
    mask_password,
    run_in_use_error,
)
from camlode.workers.context import RunContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import keras

    from camlode.config import Corpus, Model
    from camlode.config.fingerprints import Digests
    from camlode.pipeline.models.classifier import ModelInfo
    from camlode.pipeline.records import CorpusFile, Shard
    from camlode.sql import Row

_COMPRESSED = (".gz", ".zst")


def build_model_entry(job: Job, digest: str, model_info: ModelInfo) -> ModelEntry:
    """The job's model, whose bytes have this digest."""
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
    """The job's corpus, by its part of the job's fingerprint."""
    return CorpusEntry(corpus_name(job.corpus), parts["corpus"], len(files), sum(file.size for file in files))


def model_name(model: Model) -> str:
    """The name that the job gives the model, or its file's without the ending; a folder or checkpoint has none."""
    path = Path(model.path)
    return model.name or (path.stem if path.is_file() else path.name)


def corpus_name(corpus: Corpus) -> str:
    """The name that the job gives the corpus; or its only file's without the ending, or that of the folder of all."""
    if corpus.name is not None:
        return corpus.name
    places = [_parts_before_wildcard(path) for path in corpus.paths]
    common = [same[0] for same in takewhile(lambda parts: len({*parts}) == 1, zip(*places, strict=False))]
    if not common:
        return "corpus"
    is_file = [common] == [path.split("/") for path in corpus.paths] and not Path(corpus.paths[0]).is_dir()
    return _stem(common[-1]) if is_file else common[-1] or "corpus"


def _parts_before_wildcard(path: str) -> list[str]:
    """The parts of a path, or URL, up to the first with a wildcard."""
    return [*takewhile(lambda part: not any(char in part for char in "*?["), path.rstrip("/").split("/"))]


def _stem(name: str) -> str:
    path = Path(name)
    return Path(path.stem).stem if path.suffix in _COMPRESSED else path.stem


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


FIXED_RUN_SETTINGS = ("shard_documents", "batch_size", "seed")
"""Settings of how a job is run that its last bits hang on: they must not change within a run."""


def find_earlier_run(
    store: PatternStore, job: Job, key: str, parts: Mapping[str, str], versions: Mapping[str, str]
) -> Row | None:
    """The last run of the same fingerprint, whatever became of it; None where the job begins anew.

    Raises:
        JobError: that run can't be gone on with, since something has changed; or the last run stopped half way and
            this job differs from it.
        StoreError: another process works at that run.
    """
    rows = store.rows("runs")
    same = [row for row in rows if row["fingerprint"] == key]
    if same:
        row = same[-1]
        if not is_finished(row):
            check_not_running(row)
            _raise_if_changed(
                row,
                job,
                [
                    *_describe_setting_changes(row, job, "run", FIXED_RUN_SETTINGS),
                    *describe_version_changes(row, versions),
                ],
            )
        return row
    if rows and _is_interrupted(rows[-1]):
        _raise_if_changed(rows[-1], job, [*describe_changes(rows[-1], job, parts)])
    return None


def is_finished(row: Row) -> bool:
    """Whether a run is published and none of its shards waits to be done."""
    through = row["done_shards"] + row["failed_shards"] == row["shards"] if row["done_shards"] is not None else True
    return row["status"] in ("complete", "incomplete") and through


def describe_changes(row: Row, job: Job, parts: Mapping[str, str]) -> Iterator[str]:
    """What differs between a run and a job whose fingerprint has `parts`, in a few words each."""
    before = json.loads(row["parts"])
    for section in [name for name, digest in parts.items() if before.get(name) != digest]:
        options = getattr(job, section).__class__.model_fields
        keys = [key for key in options if key not in STORE_NAME_OPTIONS.get(section, ())]
        settings = [*_describe_setting_changes(row, job, section, keys)]
        yield from settings or [f"{section}: the files that it names hold something else"]


def describe_version_changes(row: Row, versions: Mapping[str, str]) -> Iterator[str]:
    """What differs between the versions that a run began with and those that are installed, in a few words each."""
    before = json.loads(row["versions"])
    for package, installed in versions.items():
        if before.get(package) != installed:
            yield f"{package} was {before.get(package)} and is {installed}"


def check_not_running(row: Row) -> None:
    """A StoreError where another process of this machine works at the run: sooner than when the model is loaded."""
    owner = row["owner"]
    if owner is not None and is_running_here(owner):
        raise run_in_use_error(row["run"], owner)


def _describe_setting_changes(row: Row, job: Job, section: str, keys: Any) -> Iterator[str]:
    before = json.loads(row["settings"]).get(section, {})
    now = getattr(job, section).model_dump(mode="json")
    for key in keys:
        if before.get(key) != now[key]:
            yield f"{section}.{key} was {_shorten(before.get(key))} and is {_shorten(now[key])}"


def _is_interrupted(row: Row) -> bool:
    busy = row["owner"] is not None and not has_ended(row["owner"])
    return row["status"] in ("running", "interrupted") and bool(row["done_shards"]) and not busy


def _raise_if_changed(row: Row, job: Job, changed: list[str]) -> None:
    if changed:
        raise JobError(
            f"run {row['run']} in {mask_password(job.store.url)} is unfinished ({row['done_shards']} of {row['shards']} "
            f"shards are done), and the job has changed since: {'; '.join(changed)}; set it back to go on with that "
            "run, or begin anew with --fresh"
        )


def _shorten(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:199]}…"


def check_method(job: Job) -> None:
    """A JobError where the scores of the job's method must not be added up over a corpus."""
    if job.attribution.method in UNSUMMABLE_METHODS:
        raise JobError(
            f"attribution.method: {job.attribution.method} divides each text's scores by their own maximum, so those "
            "of different texts must not be added up over a corpus; choose another to mine with, such as grad-cam"
        )


def package_versions(job: Job) -> dict[str, str]:
    """The versions of camlode and of the libraries that a result hangs on."""
    return {package: version(package) for package in ("camlode", job.model.backend, "keras", "ray", "numpy", "pyarrow")}
