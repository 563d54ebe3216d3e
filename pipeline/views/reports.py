"""What a job says when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.mining import MineReport


def report_lines(report: MineReport) -> Iterator[str]:
    """The outcome of a job, a fact a line; every document is accounted for."""
    counts = report.counts
    rate = counts.read / max(report.seconds, 1e-9)
    yield (
        f"read {counts.read:,} documents in {report.seconds:.1f} s ({rate:,.0f} a second): "
        f"{counts.explained:,} explained, {counts.rejected.total():,} rejected"
    )
    for reason, documents in counts.rejected.most_common():
        yield f"rejected as {reason}: {documents:,} (see {report.rejects_folder})"
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
        yield f"shards that failed and are missing from the result: {len(report.failures)}"
    if report.patterns:
        yield f"published {report.patterns:,} patterns as run {report.run} in {report.store}"
    else:
        yield (
            f"published run {report.run} in {report.store} without a pattern: no document reached a label's threshold, "
            "or no fragment was important in patterns.min_documents of them"
        )
