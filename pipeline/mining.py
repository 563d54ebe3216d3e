"""Run a whole job: a corpus and a classifier in, ranked patterns in the store out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from camlode.config import combine_fingerprint_parts, compute_digests, compute_fingerprint_parts
from camlode.config.errors import CorpusError, JobError, StoreError, WorkerError
from camlode.pipeline.runs.ledger import list_failures
from camlode.pipeline.runs.observers import Observers
from camlode.pipeline.runs.resume import (
    check_not_running,
    describe_changes,
    describe_version_changes,
    find_earlier_run,
    is_finished,
    load_run_job,
    resume_run,
)
from camlode.pipeline.runs.signals import InterruptHandler
from camlode.pipeline.runs.start import check_method, package_versions, save_job_model, start_run
from camlode.pipeline.runs.summary import MineReport, build_report, load_report
from camlode.pipeline.stages.partials import FILE_KINDS, RETAINED_KINDS
from camlode.pipeline.stages.plan import find_files, plan_shards
from camlode.pipeline.stages.publish import build_run_result
from camlode.pipeline.stages.reduce import select_best
from camlode.sql import PatternStore, mask_password
from camlode.workers import WorkerPool, join_cluster, timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras
    import pyarrow as pa

    from camlode.config import Job
    from camlode.pipeline.records import Counts, LabelTotals
    from camlode.pipeline.runs.observers import Progress
    from camlode.pipeline.runs.start import ActiveRun
    from camlode.pipeline.stages.match_counts import Matches
    from camlode.pipeline.stages.partials import ShardSums
    from camlode.sql import RunResult
    from camlode.workers import Failure

MAX_ROUNDS = 3
"""Rounds of mining shards whose partials are missing or corrupt, the first one included."""


def mine(
    job: Job,
    *,
    model: keras.Model | None = None,
    fresh: bool = False,
    profile: bool = False,
    progress: Progress | None = None,
) -> MineReport:
    """Mine the job's corpus and publish a run in its store.

    An unfinished run of the same fingerprint is resumed; a finished one is reported without mining again. `fresh`
    always starts a new run. `model`: a model in memory, used instead of the file at `model.path`; it is saved in the
    work folder for the workers. `profile`: write Ray's timeline beside the run's log, for a browser's trace viewer.

    A failed shard does not stop the others.

    Raises:
        CamlodeError: the job cannot be run as it is.
    """
    check_method(job)
    files = find_files(job.corpus.paths)
    job = job if model is None else save_job_model(job, model)
    content = compute_digests(job, [(file.path, file.size) for file in files])
    key, versions = combine_fingerprint_parts(content.parts), package_versions(job)
    store = PatternStore(job.store.url, create=True)
    earlier = None if fresh else find_earlier_run(store, job, key, content.parts, versions)
    if earlier is not None:
        if is_finished(earlier):
            store.make_current(earlier["run"])
            return load_report(store, earlier, job, list_failures(store.ledger(earlier["run"])))
        return _run(job, progress, profile, lambda pool: resume_run(store, earlier, job, pool.model_info))
    shards = plan_shards(files, job.corpus, job.run.shard_documents)
    return _run(
        job, progress, profile, lambda pool: start_run(store, job, content, versions, files, shards, pool.model_info)
    )


def retry(store_url: str, run: int, *, progress: Progress | None = None) -> MineReport:
    """Retry the failed shards of a run, and publish it again.

    Raises:
        CamlodeError: there is no such run, none of its shards has failed, or its job has changed since.
    """
    store = PatternStore(store_url)
    row = store.run(run)
    if not row["failed_shards"]:
        raise StoreError(f"{mask_password(store_url)}: none of run {run}'s shards has failed (it is {row['status']})")
    job = load_run_job(row, store_url)
    check_not_running(row)
    parts = compute_fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    if changed := [*describe_changes(row, job, parts), *describe_version_changes(row, package_versions(job))]:
        raise JobError(f"run {run} cannot be resumed: {'; '.join(changed)}; mine the corpus again")
    return _run(job, progress, False, lambda pool: resume_run(store, row, job, pool.model_info))


def _run(
    job: Job, progress: Progress | None, profile: bool, open_active_run: Callable[[WorkerPool], ActiveRun]
) -> MineReport:
    with InterruptHandler() as signals, join_cluster(job.run) as resources:
        signals.install()  # after Ray has started, which sets its own handlers
        with WorkerPool(job, resources) as pool:
            active_run = open_active_run(pool)
            try:
                report = _mine_and_publish(pool, active_run, progress)
            except StoreError:
                raise  # it cannot be marked either
            except BaseException as error:
                active_run.store.finish_run(
                    active_run.run, "failed" if isinstance(error, CorpusError) else "interrupted"
                )
                raise
            if profile:
                active_run.context.folder.write("", "trace.json", timeline())
            return report


def _mine_and_publish(pool: WorkerPool, active_run: ActiveRun, progress: Progress | None) -> MineReport:
    start_time = time.monotonic()
    with Observers(active_run, pool.model_info, progress) as observers:
        sums = _run_shards(pool, active_run, observers)
        totals, counts = _check_explained(sums, active_run.ledger.failures())
        observers.on_merge()
        result = _build_result(pool, active_run, totals, counts, observers)
        active_run.store.publish(active_run.run, result)
    seconds = time.monotonic() - start_time
    if not active_run.ledger.failures():
        active_run.context.folder.remove([kind for kind in FILE_KINDS if kind not in RETAINED_KINDS])
    return build_report(active_run, counts, result, observers, seconds, pool.resources)


def _run_shards(pool: WorkerPool, active_run: ActiveRun, observers: Observers) -> ShardSums:
    """Mine all pending shards until every finished one has its partial; returns the sums of all partials."""
    ledger = active_run.ledger
    for _ in range(MAX_ROUNDS):
        for update in pool.run(active_run.context, ledger.pending()):
            observers.record(update)
        # Partials may be on storage that lost one, or have been damaged while an earlier process was interrupted.
        sums = pool.sum_partials(active_run.context, ledger.done_partials(), ledger.heartbeat)
        if not sums.corrupt:
            return sums
        ledger.reset_corrupt(sums.corrupt)
    raise WorkerError(
        f"{len(sums.corrupt)} partials in {active_run.context.folder.address} are missing or corrupt although they "
        f"were written {MAX_ROUNDS} times, {sums.corrupt[0]} among them; check that storage, or set another "
        "run.work_folder"
    )


def _check_explained(sums: ShardSums, failures: tuple[Failure, ...]) -> tuple[LabelTotals, Counts]:
    """Check that some document was explained: an empty run must not replace a good one as the store's current run.

    Raises:
        WorkerError: all shards failed.
        CorpusError: all documents were rejected.
    """
    if sums.totals is None:
        raise WorkerError(f"all {len(failures)} shards failed; the first: {failures[0].reason}")
    if not sums.counts.explained:
        counts = sums.counts
        reasons = ", ".join(f"{documents:,} as {reason}" for reason, documents in counts.rejected.most_common(3))
        raise CorpusError(
            f"no document could be explained: all {counts.read:,} were rejected ({reasons}); check corpus.text and the "
            "tokenizer; nothing was published"
        )
    return sums.totals, sums.counts


def _build_result(
    pool: WorkerPool, active_run: ActiveRun, totals: LabelTotals, counts: Counts, observers: Observers
) -> RunResult:
    ledger, context = active_run.ledger, active_run.context
    names = [partial.name for partial in ledger.done_partials()]
    best = select_best(pool.merge_buckets(context, names, ledger.heartbeat), context.job.patterns)
    return build_run_result(
        best,
        context.model_info.labels,
        totals,
        counts,
        _match_patterns(pool, active_run, best, observers),
        boundaries=context.job.fragments.unit == "word",
        shards=len(ledger),
        failed_shards=len(ledger.failures()),
        duplicate_ids=pool.count_duplicate_ids(context, names, ledger.heartbeat),
    )


def _match_patterns(pool: WorkerPool, active_run: ActiveRun, best: pa.Table, observers: Observers) -> Matches | None:
    """Match the best patterns in the corpus; None if the job does not ask for it, or there are no patterns."""
    if not (active_run.context.job.patterns.match and best.num_rows):
        return None
    observers.on_match()
    matched = pool.match_patterns(
        active_run.context, best, active_run.ledger.done_shards(), active_run.ledger.heartbeat
    )
    observers.record_match_seconds(matched.seconds)
    return matched.matches
