"""Important, though few of the documents with the fragment have the label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.auditing.checks import Check, Suspicion, interval
from pipeline.auditing.subject import no_gold
from pipeline.auditing.wording import leaning, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import Subject
    from sql import Row

NUMBERS = ("labelled_documents", "gold_documents", "precision", "precision_upper")


def judge(subject: Subject, limits: AuditLimits) -> Iterator[Suspicion | None]:
    """Lists a pattern whose precision against gold labels is below `max_precision` with all of its 95 % interval.

    Numbers: gold_documents of labelled_documents have the label; precision is their ratio, not smoothed;
    precision_upper the upper end of its interval.
    """
    for pattern in subject.listed():
        if pattern["labelled_documents"] >= limits.min_labelled:
            yield _judged(pattern, limits)


def _judged(pattern: Row, limits: AuditLimits) -> Suspicion | None:
    hits, labelled = pattern["gold_documents"], pattern["labelled_documents"]
    _, upper = interval(hits, labelled)
    if upper >= limits.max_precision:
        return None
    why = (
        f"{leaning(pattern)}, but of the {labelled:,} labelled documents with it only {hits:,} "
        f"({percent(hits / labelled)}) are {pattern['label']}"
    )
    return Suspicion(pattern, why, dict(zip(NUMBERS, (labelled, hits, hits / labelled, upper), strict=True)))


LOW_PRECISION = Check("low_precision", judge, lambda subject: no_gold(subject.run), NUMBERS)
