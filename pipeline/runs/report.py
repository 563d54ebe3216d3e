"""How a job went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from pipeline.records import Counts
from sql import mask_password

if TYPE_CHECKING:
    from collections.abc import Mapping

    from config import Job
    from pipeline.runs.beginning import ActiveRun
    from pipeline.runs.observing import Observers
    from sql import PatternStore, Row, RunResult
    from workers import Failure, Resources

CPU_STAGES = ("read", "encode", "extract", "write")
"""The stages that run on CPUs beside the attributors."""


class Bottleneck(NamedTuple):
    """Which part of the job kept the others waiting, and what share (0 to 1) of the time each was at work."""

    attributors: float
    tasks: float

    def __str__(self) -> str:
        if self.attributors >= self.tasks:
            return f"attribution, {self.attributors:.0%} busy; reading and extracting were {self.tasks:.0%}"
        return f"reading and extracting, {self.tasks:.0%} busy; the attributors were {self.attributors:.0%}"


@dataclass(frozen=True, slots=True)
class MineReport:
    """How a job went: its run's number in the store, what it counted, and how long it took.

    `patterns` were published; `residual`, where the method promises a sum, is by how much a pair of document and label
    misses it on average, in `unit`s; `seconds` are from the first shard to the published run, start-up apart, `stages`
    those of all processes by stage, `documents` how many were read in them: a job that went on with an earlier run
    counts only what it did itself. The patterns were matched in `matched_documents`, null where they were not, and the
    stage "match" is of these. `found`: the run was complete already, and nothing was done.
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
    folder: str
    documents: int = 0
    stages: dict[str, float] = field(default_factory=dict)
    bottleneck: Bottleneck | None = None
    matched_documents: int | None = None
    found: bool = False


def find_bottleneck(stages: Mapping[str, float], seconds: float, resources: Resources) -> Bottleneck:
    """Who was at work for which share of `seconds`, by what the stages took."""
    reading = sum(stages.get(stage, 0.0) for stage in CPU_STAGES)
    total = max(seconds, 1e-9)
    return Bottleneck(stages.get("attribute", 0.0) / total / resources.workers, reading / total / resources.tasks)


def build_report(
    active_run: ActiveRun, counts: Counts, result: RunResult, observers: Observers, seconds: float, resources: Resources
) -> MineReport:
    """The report of a run that has just been published, `seconds` after its first shard was begun."""
    job, model_info, folder = active_run.context.job, active_run.context.model_info, active_run.context.folder
    return MineReport(
        run=active_run.run,
        store=mask_password(job.store.url),
        counts=counts,
        patterns=result.patterns.num_rows,
        duplicate_ids=result.counts.duplicate_ids,
        padding_share=result.counts.padding_share,
        residual=result.counts.residual,
        method=job.attribution.method,
        unit=model_info.unit,
        failures=active_run.ledger.failures(),
        seconds=seconds,
        folder=folder.address,
        documents=observers.documents,
        stages=dict(observers.stages),
        bottleneck=find_bottleneck(observers.stages, seconds, resources),
        matched_documents=result.counts.matched_documents,
    )


def load_report(store: PatternStore, row: Row, job: Job, failures: tuple[Failure, ...]) -> MineReport:
    """The report of a run that was published before."""
    run = row["run"]
    rejected = Counter({each["reason"]: each["documents"] for each in store.rows("rejects", run=run)})
    return MineReport(
        run=run,
        store=mask_password(job.store.url),
        counts=Counts(
            read=row["documents_read"],
            explained=row["documents_explained"],
            rejected=rejected,
            truncated=row["documents_truncated"],
            empty_maps=row["empty_maps"],
        ),
        patterns=len(store.rows("patterns", run=run)),
        duplicate_ids=row["duplicate_ids"],
        padding_share=row["padding_share"],
        residual=row["residual"],
        method=row["method"],
        unit="",
        failures=failures,
        seconds=0.0,
        folder=row["folder"],
        matched_documents=row["matched_documents"],
        found=True,
    )
