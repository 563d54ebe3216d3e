"""The whole job on one page: a corpus and a classifier in, ranked patterns in the store out."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from functools import reduce
from importlib.metadata import version
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from config import fingerprint, read_labels
from config.attribution import NOT_ADDED_UP
from config.errors import CorpusError, JobError, WorkerError
from pipeline.records import Counts, LabelTotals
from pipeline.stages.plan import find_files, plan_shards
from pipeline.stages.publish import run_result
from pipeline.stages.reduce import bucket_count
from sql import PatternStore, RunStart, masked
from workers import Failure, Outcome, WorkerPool, joined_cluster
from workers.context import Context

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

    from config import Job
    from pipeline.models.facts import ModelFacts
    from pipeline.records import Shard
    from sql import RunResult


class Progress(Protocol):
    """Who is told how a job is going."""

    def started(self, facts: ModelFacts, shards: int) -> None:
        """The model is loaded, and so many shards are about to be read."""

    def done(self, outcome: Outcome | Failure) -> None:
        """One more shard is done, or has failed."""

    def merging(self) -> None:
        """All shards are through; their fragments are being merged."""


@dataclass(frozen=True, slots=True)
class MineReport:
    """How a job went: its run's number in the store, what it counted, and how long it took.

    `patterns` were published; `residual`, where the method promises a sum, is by how much a pair of document and label
    misses it on average, in `unit`s; `seconds` are from the first shard to the published run, start-up apart.
    """

    run: int
    store: str
    counts: Counts
    patterns: int
    duplicate_ids: int
    padding_share: float
    residual: float | None
    method: str
    unit: str
    failures: tuple[Failure, ...]
    seconds: float
    rejects_folder: str


def mine(job: Job, *, model: keras.Model | None = None, progress: Progress | None = None) -> MineReport:
    """Mines the job's corpus and publishes a run in its store.

    `model` stands for the file of `model.path` where it is in memory; it is saved in the work folder for the workers.
    Raises a CamlodeError for what the user can mend; a shard that fails does not stop the others.
    """
    _check_adds_up(job)
    labels = read_labels(job.model)
    shards = plan_shards(find_files(job.corpus.paths), job.corpus, job.run.shard_documents)
    job = job if model is None else _with_saved(job, model)
    key = _fingerprint(job, shards)
    store = PatternStore(job.store.url, create=True)
    with joined_cluster(job.run) as resources, WorkerPool(job, resources) as pool:
        if progress is not None:
            progress.started(pool.facts, len(shards))
        context = _context(job, key, pool.facts, len(shards))
        run = store.start_run(_run_start(job, context, labels))
        try:
            return _mine(store, run, pool, context, shards, progress)
        except BaseException as error:
            store.finish_run(run, "failed" if isinstance(error, Exception) else "interrupted")
            raise


def _mine(
    store: PatternStore,
    run: int,
    pool: WorkerPool,
    context: Context,
    shards: Sequence[Shard],
    progress: Progress | None,
) -> MineReport:
    began = time.monotonic()
    outcomes: list[Outcome] = []
    failures: list[Failure] = []
    for outcome in pool.run(context, shards):
        (outcomes if isinstance(outcome, Outcome) else failures).append(outcome)  # type: ignore[arg-type]
        if progress is not None:
            progress.done(outcome)
    if not outcomes:
        raise WorkerError(f"all {len(shards)} shards failed; the first: {failures[0].reason}")
    _check_some_explained(_sum_of_counts(outcomes))
    if progress is not None:
        progress.merging()
    result = _reduced(pool, context, outcomes, failures)
    store.publish(run, result)
    _remove_partials(context.folder)
    return MineReport(
        run=run,
        store=masked(context.job.store.url),
        counts=_sum_of_counts(outcomes),
        patterns=result.patterns.num_rows,
        duplicate_ids=result.counts.duplicate_ids,
        padding_share=result.counts.padding_share,
        residual=result.counts.residual,
        method=context.job.attribution.method,
        unit=context.facts.unit,
        failures=tuple(failures),
        seconds=time.monotonic() - began,
        rejects_folder=str(Path(context.folder) / "rejects"),
    )


def _check_adds_up(job: Job) -> None:
    if job.attribution.method in NOT_ADDED_UP:
        raise JobError(
            f"attribution.method: {job.attribution.method} divides each text's scores by their own maximum, so those "
            "of different texts must not be added up over a corpus; choose another to mine with, such as grad-cam"
        )


def _check_some_explained(counts: Counts) -> None:
    """A run of rejects alone would take the place of a good one."""
    if not counts.explained:
        reasons = ", ".join(f"{documents:,} as {reason}" for reason, documents in counts.rejected.most_common(3))
        raise CorpusError(
            f"no document could be explained: all {counts.read:,} were rejected ({reasons}); check corpus.text and the "
            "tokenizer; nothing was published"
        )


def _reduced(pool: WorkerPool, context: Context, outcomes: Sequence[Outcome], failures: Sequence[Failure]) -> RunResult:
    done = sorted((outcome.shard for outcome in outcomes), key=lambda shard: shard.number)
    totals: LabelTotals = reduce(add, (outcome.totals for outcome in outcomes))
    return run_result(
        pool.merge(context, done),
        context.facts.labels,
        totals,
        _sum_of_counts(outcomes),
        context.job.patterns,
        shards=len(outcomes) + len(failures),
        failed_shards=len(failures),
        duplicate_ids=pool.duplicate_ids(context, done),
    )


def _sum_of_counts(outcomes: Sequence[Outcome]) -> Counts:
    return reduce(add, (outcome.counts for outcome in outcomes), Counts())


def _fingerprint(job: Job, shards: Sequence[Shard]) -> str:
    """Also the first to read the model's and tokenizer's files, so that one that is missing is told at once."""
    files = {shard.file for shard in shards}
    return fingerprint(job, [(file.path, file.size) for file in files])


def _context(job: Job, key: str, facts: ModelFacts, shards: int) -> Context:
    folder = Path(job.run.work_folder) / key[:16]
    if folder.exists():
        shutil.rmtree(folder)
    return Context(key, job, facts, str(folder), bucket_count(shards * job.run.shard_documents))


def _run_start(job: Job, context: Context, labels: tuple[str, ...]) -> RunStart:
    packages = ("camlode", job.model.backend, "keras", "ray", "numpy", "pyarrow")
    return RunStart(
        fingerprint=context.key,
        method=job.attribution.method,
        model=job.model.path,
        task=job.model.task,
        layers=context.facts.layers,
        settings=job.model_dump(mode="json") | {"store": {"url": masked(job.store.url)}},
        versions={package: version(package) for package in packages},
        labels=labels,
    )


def _with_saved(job: Job, model: keras.Model) -> Job:
    path = Path(job.run.work_folder) / "model.keras"
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    return job.model_copy(update={"model": job.model.model_copy(update={"path": str(path)})})


def _remove_partials(folder: str) -> None:
    """What only the merge needed; the rejects stay for the user to read."""
    for kind in ("partials", "predictions"):
        shutil.rmtree(Path(folder) / kind, ignore_errors=True)
