"""Important, though few of the documents with the fragment have the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.auditing.checks import Check, FlaggedPattern, wilson_interval
from pipeline.auditing.subject import missing_gold_reason
from pipeline.auditing.wording import describe_share, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import RunData
    from sql import Row

LOW_PRECISION_NUMBERS = ("labelled_documents", "gold_documents", "precision", "precision_upper")


def check_low_precision(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Lists a pattern whose precision against gold labels is below `max_precision` with all of its 95 % interval.

    Numbers: gold_documents of labelled_documents have the label; precision is their ratio, not smoothed;
    precision_upper the upper end of its interval.
    """
    for pattern in run_data.audited_patterns():
        if pattern["labelled_documents"] >= limits.min_labelled:
            yield _check_pattern_precision(pattern, limits)


def _check_pattern_precision(pattern: Row, limits: AuditLimits) -> FlaggedPattern | None:
    hits, labelled = pattern["gold_documents"], pattern["labelled_documents"]
    _, upper = wilson_interval(hits, labelled)
    if upper >= limits.max_precision:
        return None
    why = (
        f"{describe_share(pattern)}, but of the {labelled:,} labelled documents with it only {hits:,} "
        f"({format_percent(hits / labelled)}) are {pattern['label']}"
    )
    return FlaggedPattern(
        pattern, why, dict(zip(LOW_PRECISION_NUMBERS, (labelled, hits, hits / labelled, upper), strict=True))
    )


LOW_PRECISION = Check(
    "low_precision", check_low_precision, lambda run_data: missing_gold_reason(run_data.run), LOW_PRECISION_NUMBERS
)
