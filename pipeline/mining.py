"""The whole job on one page: a corpus and a classifier in, ranked patterns in the store out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from config import digests, fingerprint_of, fingerprint_parts
from config.errors import CorpusError, JobError, StoreError, WorkerError
from pipeline.runs.beginning import begin, resume, saved_job, settled_job
from pipeline.runs.conditions import check_method, versions_of
from pipeline.runs.interruption import Interruptible
from pipeline.runs.ledger import failures_of
from pipeline.runs.observing import Observers
from pipeline.runs.report import MineReport, found_report, mined_report
from pipeline.runs.resuming import changed_versions, changes, check_free, earlier_run, is_finished
from pipeline.stages.folding import best_of
from pipeline.stages.partials import KEPT, KINDS
from pipeline.stages.plan import find_files, plan_shards
from pipeline.stages.publish import run_result
from sql import PatternStore, masked
from workers import WorkerPool, joined_cluster, timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras
    import pyarrow as pa

    from config import Job
    from pipeline.records import Counts, LabelTotals
    from pipeline.runs.beginning import Begun
    from pipeline.runs.observing import Progress
    from pipeline.stages.match_counts import Matches
    from pipeline.stages.partials import Sums
    from sql import RunResult
    from workers import Failure

ROUNDS = 3
"""How often shards are done again whose partials turn out to be missing or broken."""


def mine(
    job: Job,
    *,
    model: keras.Model | None = None,
    fresh: bool = False,
    profile: bool = False,
    progress: Progress | None = None,
) -> MineReport:
    """Mines the job's corpus and publishes a run in its store.

    A run of the same fingerprint that stopped half way is gone on with, one that is complete is found and nothing is
    done, unless `fresh`. `model` stands for the file of `model.path` where it is in memory; it is saved in the work
    folder for the workers. `profile`: write Ray's timeline beside the run's log, for a browser's trace viewer.

    Raises a CamlodeError for what the user can mend; a shard that fails does not stop the others.
    """
    check_method(job)
    files = find_files(job.corpus.paths)
    job = job if model is None else saved_job(job, model)
    content = digests(job, [(file.path, file.size) for file in files])
    key, versions = fingerprint_of(content.parts), versions_of(job)
    store = PatternStore(job.store.url, create=True)
    earlier = None if fresh else earlier_run(store, job, key, content.parts, versions)
    if earlier is not None:
        if is_finished(earlier):
            store.make_current(earlier["run"])
            return found_report(store, earlier, job, failures_of(store.ledger(earlier["run"])))
        return _run(job, progress, profile, lambda pool: resume(store, earlier, job, pool.facts))
    shards = plan_shards(files, job.corpus, job.run.shard_documents)
    return _run(job, progress, profile, lambda pool: begin(store, job, content, versions, files, shards, pool.facts))


def retry(store_url: str, run: int, *, progress: Progress | None = None) -> MineReport:
    """Does the failed shards of a run again and publishes it once more.

    Raises a CamlodeError: there is no such run, none of its shards has failed, or its job has changed since.
    """
    store = PatternStore(store_url)
    row = next((row for row in store.rows("runs") if row["run"] == run), None)
    if row is None:
        raise StoreError(f"{masked(store_url)}: there is no run {run}: camlode runs lists them")
    if not row["failed_shards"]:
        raise StoreError(f"{masked(store_url)}: none of run {run}'s shards has failed (it is {row['status']})")
    job = settled_job(row, store_url)
    check_free(row)
    parts = fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    if changed := [*changes(row, job, parts), *changed_versions(row, versions_of(job))]:
        raise JobError(f"run {run} can't be gone on with: {'; '.join(changed)}; mine the corpus anew")
    return _run(job, progress, False, lambda pool: resume(store, row, job, pool.facts))


def _run(job: Job, progress: Progress | None, profile: bool, start: Callable[[WorkerPool], Begun]) -> MineReport:
    with Interruptible() as signals, joined_cluster(job.run) as resources:
        signals.arm()
        with WorkerPool(job, resources) as pool:
            begun = start(pool)
            try:
                report = _mined(pool, begun, progress)
            except StoreError:
                raise  # it could not be told anything more either
            except BaseException as error:
                begun.store.finish_run(begun.run, "failed" if isinstance(error, CorpusError) else "interrupted")
                raise
            if profile:
                begun.context.folder.write("", "trace.json", timeline())
            return report


def _mined(pool: WorkerPool, begun: Begun, progress: Progress | None) -> MineReport:
    began = time.monotonic()
    with Observers(begun, pool.facts, progress) as observers:
        sums = _all_done(pool, begun, observers)
        totals, counts = _explained(sums, begun.ledger.failures())
        observers.merging()
        result = _result(pool, begun, totals, counts, observers)
        begun.store.publish(begun.run, result)
    seconds = time.monotonic() - began
    if not begun.ledger.failures():
        begun.context.folder.remove([kind for kind in KINDS if kind not in KEPT])
    return mined_report(begun, counts, result, observers, seconds, pool.resources)


def _all_done(pool: WorkerPool, begun: Begun, observers: Observers) -> Sums:
    """Does all shards that wait, until every one that is done has its partial; what they add up to."""
    ledger = begun.ledger
    for _ in range(ROUNDS):
        for turn in pool.run(begun.context, ledger.waiting()):
            observers.note(turn)
        sums = pool.sums(begun.context, ledger.done(), ledger.beat)
        if not sums.broken:
            return sums
        ledger.try_broken_again(sums.broken)
    raise WorkerError(
        f"{len(sums.broken)} partials in {begun.context.folder.address} are missing or broken though they were written "
        f"{ROUNDS} times, {sums.broken[0]} among them; check that storage or name another run.work_folder"
    )


def _explained(sums: Sums, failures: tuple[Failure, ...]) -> tuple[LabelTotals, Counts]:
    """The sums, unless they are of failures or rejects alone: such a run would take the place of a good one."""
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


def _result(pool: WorkerPool, begun: Begun, totals: LabelTotals, counts: Counts, observers: Observers) -> RunResult:
    ledger, context = begun.ledger, begun.context
    names = [partial.name for partial in ledger.done()]
    best = best_of(pool.merged(context, names, ledger.beat), context.job.patterns)
    return run_result(
        best,
        context.facts.labels,
        totals,
        counts,
        _matches(pool, begun, best, observers),
        boundaries=context.job.fragments.unit == "word",
        shards=len(ledger),
        failed_shards=len(ledger.failures()),
        duplicate_ids=pool.duplicate_ids(context, names, ledger.beat),
    )


def _matches(pool: WorkerPool, begun: Begun, best: pa.Table, observers: Observers) -> Matches | None:
    """Where the best fragments occur; None where the job does not ask for it, or there are none."""
    if not (begun.context.job.patterns.match and best.num_rows):
        return None
    observers.matching()
    matched = pool.matched(begun.context, best, begun.ledger.done_shards(), begun.ledger.beat)
    observers.matched(matched.seconds)
    return matched.matches
