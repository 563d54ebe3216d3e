"""What a job says when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from pipeline.runs.report import MineReport


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
