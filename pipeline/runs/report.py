"""How a job went."""
# MERGED: What a job says when it is done.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from camlode.pipeline.records import Counts
from camlode.sql import mask_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console

    from camlode.config import Job
    from camlode.pipeline.runs.observers import Observers
    from camlode.pipeline.runs.start import ActiveRun
    from camlode.sql import PatternStore, Row, RunResult
    from camlode.workers import Failure, Resources

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


def print_stages(report: MineReport, console: Console) -> None:
    """A table of what each stage took, and who kept the others waiting."""
    if not report.documents or report.bottleneck is None:
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("stage", "seconds", "documents a second"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for stage, seconds in report.stages.items():
        # Matching reads again what an earlier process has mined, too.
        documents = report.matched_documents or 0 if stage == "match" else report.documents
        table.add_row(stage, f"{seconds:,.1f}", f"{documents / max(seconds, 1e-9):,.0f}")
    console.print(table)
    console.print(f"bottleneck: {report.bottleneck}", markup=False)


def report_lines(report: MineReport) -> Iterator[str]:
    """The outcome of a job, a fact a line; every document is accounted for."""
    counts = report.counts
    rate = report.documents / max(report.seconds, 1e-9)
    if report.found:
        yield f"run {report.run} in {report.store} has this job's result already; --fresh mines it anew"
    took = "" if report.found else f" in {report.seconds:.1f} s ({rate:,.0f} a second)"
    earlier = counts.read - report.documents
    before = f", {earlier:,} of them by an earlier process" if earlier and not report.found else ""
    yield (
        f"read {counts.read:,} documents{took}{before}: "
        f"{counts.explained:,} explained, {counts.rejected.total():,} rejected"
    )
    for reason, documents in counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} (camlode rejects {report.store} {report.run})"
    if counts.truncated:
        yield f"longer than the model reads, so cut: {counts.truncated:,} documents"
    if report.duplicate_ids:
        yield f"ids that stand for several documents: {report.duplicate_ids:,} documents repeat another's id"
    if counts.empty_maps:
        yield f"pairs of document and label without positive importance: {counts.empty_maps:,} of {counts.pairs:,}"
    yield f"importance that fell on padding: {report.padding_share:.1%}"
    if report.residual is not None:
        yield f"scores miss the sum that {report.method} promises by {report.residual:.2g} {report.unit} on average"
    if report.failures:
        yield (
            f"shards that failed and are missing from the result: {len(report.failures)} "
            f"(camlode retry {report.store} {report.run} does them again)"
        )
    if report.matched_documents is not None:
        yield f"looked up where the patterns occur in {report.matched_documents:,} documents"
    if report.patterns:
        yield f"published {report.patterns:,} patterns as run {report.run} in {report.store}"
    else:
        yield (
            f"published run {report.run} in {report.store} without a pattern: no document reached a label's threshold, "
            "or no fragment was important in patterns.min_documents of them"
        )
