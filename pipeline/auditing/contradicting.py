"""Important for labels that a document does not have together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.auditing.checks import Check, Suspicion
from pipeline.auditing.subject import no_matches
from pipeline.auditing.wording import leaning, owner, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import Subject
    from sql import Row

MULTILABEL = "multilabel"

_ROUNDING = 1e-6

NUMBERS = (
    "matched_documents",
    "predicted_documents",
    "other_labels",
    "other_ranks",
    "other_shares",
    "other_documents",
    "other_predicted_documents",
)


def judge(subject: Subject, limits: AuditLimits) -> Iterator[Suspicion | None]:
    """Lists a pattern that is one of another label's first too, where the labels contradict each other.

    In a multi-class run any two labels do; in a multi-label run those whose precisions (for the model's labels) add up
    to `max_precision_sum` or less, so that few of the documents with the fragment have both. Both precisions are
    `min_split` or more: else the fragment is a poor sign of the one rather than torn between them.

    Numbers: of the matched_documents with the fragment, predicted_documents were predicted the label; the same of the
    other_labels, the biggest share first, with ranks, shares and documents in which it was important. Without the match
    pass nothing is known of the documents with the fragment: null.
    """
    for patterns in _by_fragment(subject):
        for pattern in patterns:
            if subject.lists(pattern["label"]):
                others = [other for other in patterns if _contradict(pattern, other, subject, limits)]
                yield _suspicion(pattern, sorted(others, key=lambda row: -row["share"])) if others else None


def _by_fragment(subject: Subject) -> Iterable[list[Row]]:
    found: dict[str, list[Row]] = {}
    for patterns in subject.patterns.values():
        for pattern in patterns:
            found.setdefault(pattern["fragment"], []).append(pattern)
    return found.values()


def _contradict(one: Row, other: Row, subject: Subject, limits: AuditLimits) -> bool:
    if one is other or one["matched_documents"] is None:
        return one is not other
    predicted = one["predicted_documents"], other["predicted_documents"]
    if min(predicted) < limits.min_split * one["matched_documents"] - _ROUNDING:
        return False
    together = limits.max_precision_sum * one["matched_documents"] + _ROUNDING
    return subject.run["task"] != MULTILABEL or bool(sum(predicted) <= together)


def _suspicion(pattern: Row, others: Sequence[Row]) -> Suspicion:
    numbers: dict[str, Any] = {name: pattern[name] for name in NUMBERS[:2]} | {"other_labels": _all(others, "label")}
    for name in ("rank", "share", "documents", "predicted_documents"):
        numbers[f"other_{name.removesuffix('s')}s"] = _all(others, name)
    also = " and ".join(f"{percent(other['share'])} of {owner(other['label'])}" for other in others)
    return Suspicion(pattern, f"{leaning(pattern)} but also {also}: {_split([pattern, *others])}", numbers)


def _all(patterns: Sequence[Row], name: str) -> list[Any]:
    return [pattern[name] for pattern in patterns]


def _split(patterns: Sequence[Row]) -> str:
    """How the documents with the fragment are divided between the labels, in words."""
    matched = patterns[0]["matched_documents"]
    if not matched:
        parts = [f"in {row['documents']:,} documents for {row['label']}" for row in patterns]
        return f"it was important {' and '.join(parts)}"
    parts = [f"{percent(row['predicted_documents'] / matched)} {row['label']}" for row in patterns]
    return f"of the {matched:,} documents with it the model calls {' and '.join(parts)}"


def why_not(subject: Subject) -> str | None:
    """Why the check can't be made: of labels that can go together the match pass tells whether they do."""
    return no_matches(subject.run) if subject.run["task"] == MULTILABEL else None


CONTRADICTING = Check("contradicting", judge, why_not, NUMBERS)
