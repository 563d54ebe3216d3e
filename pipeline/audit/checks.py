"""The checks of an audit that compare numbers: low precision, falling precision, and concentration.

A check of another kind, on the text of a fragment, is in `camlode.pipeline.audit.text_checks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.pipeline.audit.run_data import missing_gold_reason
from camlode.pipeline.display.numbers import format_share
from camlode.pipeline.stages.statistics import wilson_lower_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from camlode.pipeline.audit.findings import AuditLimits
    from camlode.pipeline.audit.run_data import RunData
    from camlode.sql import Row

MAX_QUOTED_LENGTH = 50


class FlaggedPattern(NamedTuple):
    """A pattern that a check lists, with the reason in one sentence, and the numbers that it is based on."""

    pattern: Row
    why: str
    numbers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """A check.

    judge: yields, for each pattern that can be judged, the flagged pattern, or None if nothing is wrong.
    skip_reason: returns why the check cannot be made, or None if it can.
    numbers: the names of the numbers of its findings.
    """

    name: str
    judge: Callable[[RunData, AuditLimits], Iterator[FlaggedPattern | None]]
    skip_reason: Callable[[RunData], str | None]
    numbers: tuple[str, ...]


def wilson_interval(successes: int, documents: int) -> tuple[float, float]:
    """The 95 % Wilson interval of gold / documents."""
    # By symmetry, the upper end is 1 less the lower end of the share of misses.
    return float(wilson_lower_bound(successes, documents)), 1 - float(
        wilson_lower_bound(documents - successes, documents)
    )


def quote(fragment: str) -> str:
    """Quote the fragment, or its beginning."""
    return f"“{fragment}”" if len(fragment) <= MAX_QUOTED_LENGTH else f"“{fragment[:MAX_QUOTED_LENGTH]}…”"


def possessive(label: str) -> str:
    """The possessive form of a label."""
    return f"{label}'" if label.endswith("s") else f"{label}'s"


def describe_share(pattern: Row) -> str:
    """Begin a sentence with a pattern's share of its label's importance."""
    importance = f"{possessive(pattern['label'])} importance"
    return f"{quote(pattern['fragment'])} carries {format_share(pattern['share'])} of {importance}"


LOW_PRECISION_NUMBERS = ("labelled_documents", "gold_documents", "precision", "precision_upper")


def check_low_precision(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Flag a pattern if the 95 % interval of its precision on gold labels is entirely below `max_precision`.

    Numbers: labelled_documents with gold labels contain the fragment, of which gold_documents have the label;
    precision is their ratio, not smoothed, and precision_upper the upper end of its interval.
    """
    for pattern in run_data.audited_patterns():
        if pattern["labelled_documents"] >= limits.min_labelled:
            yield _check_pattern_precision(pattern, limits)


def _check_pattern_precision(pattern: Row, limits: AuditLimits) -> FlaggedPattern | None:
    gold, labelled = pattern["gold_documents"], pattern["labelled_documents"]
    _, upper = wilson_interval(gold, labelled)
    if upper >= limits.max_precision:
        return None
    why = (
        f"{describe_share(pattern)}, but of the {labelled:,} labelled documents with it only {gold:,} "
        f"({format_share(gold / labelled)}) are {pattern['label']}"
    )
    return FlaggedPattern(
        pattern, why, dict(zip(LOW_PRECISION_NUMBERS, (labelled, gold, gold / labelled, upper), strict=True))
    )


LOW_PRECISION = Check(
    "low_precision", check_low_precision, lambda run_data: missing_gold_reason(run_data.run), LOW_PRECISION_NUMBERS
)


COUNTERPART_DEPTH = 10
"""Patterns to read of the other run, as a multiple of those checked, before missing ones are looked up singly."""

FALLING_PRECISION_NUMBERS = (
    "fall",
    *("run_before", "labelled_documents_before", "gold_documents_before", "precision_before"),
    *("run_after", "labelled_documents_after", "gold_documents_after", "precision_after"),
)

_PRECISION_TOLERANCE = 1e-9


class _RunPrecision(NamedTuple):
    run: Row
    gold: int
    labelled: int

    @classmethod
    def from_pattern(cls, run: Row, pattern: Row) -> _RunPrecision:
        return cls(run, pattern["gold_documents"], pattern["labelled_documents"])

    @property
    def precision(self) -> float:
        return self.gold / self.labelled

    def numbers(self) -> tuple[float, ...]:
        return self.run["run"], self.labelled, self.gold, self.precision

    def __str__(self) -> str:
        counted = f"{self.gold:,} of {self.labelled:,} labelled documents"
        return f"{format_share(self.precision)} in {self.run['corpus']} (run {self.run['run']}, {counted})"


def check_falling_precision(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Flag a pattern whose precision on gold labels differs by `min_fall` or more between two runs.

    The two 95 % intervals must not overlap. Either run may have the lower precision.

    Numbers: the precision falls from precision_before in run_before to precision_after in run_after; both are not
    smoothed, and are ratios of gold_documents and labelled_documents of the run.
    """
    if run_data.other is None:
        return
    others = find_counterparts(run_data, run_data.other["run"], limits)
    for pattern in run_data.audited_patterns():
        other = others.get((pattern["label"], pattern["fragment"]))
        if other is not None and _has_enough_labels(pattern, limits) and _has_enough_labels(other, limits):
            sides = (
                _RunPrecision.from_pattern(run_data.run, pattern),
                _RunPrecision.from_pattern(run_data.other, other),
            )
            yield _check_fall(
                pattern,
                max(sides, key=lambda side: side.precision),
                min(sides, key=lambda side: side.precision),
                limits,
            )


def find_counterparts(run_data: RunData, run: int, limits: AuditLimits) -> Mapping[tuple[str, str], Row]:
    """Find the patterns of another run with the label and fragment of a checked pattern, by these two."""
    # A pattern may be far less important on the other corpus. One query for the first ranks finds most counterparts;
    # the others are looked up by their fragment, which is cheaper than to read all patterns.
    depth = COUNTERPART_DEPTH * limits.top
    first = run_data.store.stream("patterns", run=run, top=depth)
    counterparts = {(row["label"], row["fragment"]): row for row in first}
    deep = {row["label"] for row in run_data.store.rows("labels", run=run) if row["patterns"] > depth}
    labelled = [row for row in run_data.audited_patterns() if row["label"] in deep and _has_enough_labels(row, limits)]
    for fragment in {row["fragment"] for row in labelled if (row["label"], row["fragment"]) not in counterparts}:
        places = run_data.store.rows("places", fragment=fragment)
        counterparts |= {(row["label"], fragment): row for row in places if row["run"] == run}
    return counterparts


def _has_enough_labels(pattern: Row, limits: AuditLimits) -> bool:
    return bool(pattern["labelled_documents"] >= limits.min_labelled)


def _check_fall(
    pattern: Row, before: _RunPrecision, after: _RunPrecision, limits: AuditLimits
) -> FlaggedPattern | None:
    fall = before.precision - after.precision
    lower, upper = wilson_interval(before.gold, before.labelled)[0], wilson_interval(after.gold, after.labelled)[1]
    if fall < limits.min_fall - _PRECISION_TOLERANCE or lower <= upper:
        return None
    numbers = dict(zip(FALLING_PRECISION_NUMBERS, (fall, *before.numbers(), *after.numbers()), strict=True))
    return FlaggedPattern(
        pattern, f"{describe_share(pattern)}, but its precision falls from {before} to {after}", numbers
    )


def skip_reason(run_data: RunData) -> str | None:
    """Return why the check cannot be made."""
    if run_data.other is None:
        return missing_gold_reason(run_data.run) or "the store has no published run of the same model on another corpus"
    return missing_gold_reason(run_data.run) or missing_gold_reason(run_data.other)


FALLING_PRECISION = Check("falling_precision", check_falling_precision, skip_reason, FALLING_PRECISION_NUMBERS)


def check_concentrated(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Flag a pattern with more than `max_share` of its label's importance. It has no numbers besides its share."""
    for pattern in run_data.audited_patterns():
        yield _check_share(pattern, limits)


def _check_share(pattern: Row, limits: AuditLimits) -> FlaggedPattern | None:
    if pattern["share"] <= limits.max_share:
        return None
    carries = f"{quote(pattern['fragment'])} alone carries {format_share(pattern['share'])}"
    limit = f"where no fragment should carry more than {format_share(limits.max_share)}"
    return FlaggedPattern(pattern, f"{carries} of {possessive(pattern['label'])} importance, {limit}", {})


CONCENTRATED = Check("concentrated", check_concentrated, lambda _: None, ())
