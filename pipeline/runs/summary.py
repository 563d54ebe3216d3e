"""The report of a job: its counts, its times, its bottleneck, and the lines that are printed."""

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
"""The stages that run as tasks on CPUs."""


class Bottleneck(NamedTuple):
    """The busy shares (0 to 1) of workers and of CPU tasks: the busier one limits the job's speed."""

    workers: float
    tasks: float

    def __str__(self) -> str:
        if self.workers >= self.tasks:
            return f"attribution, {self.workers:.0%} busy; reading and extracting were {self.tasks:.0%}"
        return f"reading and extracting, {self.tasks:.0%} busy; the workers were {self.workers:.0%}"


@dataclass(frozen=True, slots=True)
class MineReport:
    """The outcome of a job: the number of its run, its counts and times.

    `patterns`: the number published. `residual`: for methods with an expected sum, the mean absolute difference from it
    over pairs of document and label, in `unit`. `seconds`: from the first shard to the published run, without start-up.
    `stages`: seconds by stage, summed over all processes, in which `documents` were read; a resumed run counts only
    what this process did. `matched_documents`: those that patterns were matched in, None without matching.
    `already_complete`: the run was complete before, and nothing was done.
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
    already_complete: bool = False


def find_bottleneck(stages: Mapping[str, float], seconds: float, resources: Resources) -> Bottleneck:
    """Compute the busy shares from the seconds of each stage; `seconds`: elapsed time."""
    reading = sum(stages.get(stage, 0.0) for stage in CPU_STAGES)
    total = max(seconds, 1e-9)
    return Bottleneck(stages.get("attribute", 0.0) / total / resources.workers, reading / total / resources.tasks)


def build_report(
    active_run: ActiveRun, counts: Counts, result: RunResult, observers: Observers, seconds: float, resources: Resources
) -> MineReport:
    """Build the report of a run just published; `seconds`: since its first shard started."""
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
    """Load the report of a run that was published before."""
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
        already_complete=True,
    )


def print_stages(report: MineReport, console: Console) -> None:
    """Print a table of the seconds of each stage, and the bottleneck."""
    if not report.documents or report.bottleneck is None:
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("stage", "seconds", "documents per second"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for stage, seconds in report.stages.items():
        # Matching also reads the documents that an earlier process mined.
        documents = report.matched_documents or 0 if stage == "match" else report.documents
        table.add_row(stage, f"{seconds:,.1f}", f"{documents / max(seconds, 1e-9):,.0f}")
    console.print(table)
    console.print(f"bottleneck: {report.bottleneck}", markup=False)


def report_lines(report: MineReport) -> Iterator[str]:
    """Yield the outcome of a job in lines, one fact each; every document is accounted for."""
    counts = report.counts
    rate = report.documents / max(report.seconds, 1e-9)
    if report.already_complete:
        yield f"run {report.run} in {report.store} already holds the result of this job; --fresh mines it again"
    duration = "" if report.already_complete else f" in {report.seconds:.1f} s ({rate:,.0f} per second)"
    earlier = counts.read - report.documents
    before = f", {earlier:,} of them by an earlier process" if earlier and not report.already_complete else ""
    yield (
        f"read {counts.read:,} documents{duration}{before}: "
        f"{counts.explained:,} explained, {counts.rejected.total():,} rejected"
    )
    for reason, documents in counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} (camlode rejects {report.store} {report.run})"
    if counts.truncated:
        yield f"longer than the model's input, and truncated: {counts.truncated:,} documents"
    if report.duplicate_ids:
        yield f"duplicate ids: {report.duplicate_ids:,} documents repeat another's id"
    if counts.empty_maps:
        yield f"pairs of document and label without positive importance: {counts.empty_maps:,} of {counts.pairs:,}"
    yield f"importance on padding: {report.padding_share:.1%}"
    if report.residual is not None:
        difference = f"{report.residual:.2g} {report.unit}"
        yield f"mean difference of {report.method} from the expected sum (completeness): {difference}"
    if report.failures:
        yield (
            f"failed shards, missing from the result: {len(report.failures)} "
            f"(camlode retry {report.store} {report.run} retries them)"
        )
    if report.matched_documents is not None:
        yield f"matched the patterns in {report.matched_documents:,} documents"
    if report.patterns:
        yield f"published {report.patterns:,} patterns as run {report.run} in {report.store}"
    else:
        yield (
            f"published run {report.run} in {report.store} without a pattern: no document reached a label's threshold, "
            "or no fragment was important in patterns.min_documents of them"
        )
