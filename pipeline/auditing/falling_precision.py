"""Precise in one corpus, and less so in another: what a model learned from the first need not hold elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.auditing.checks import Check, FlaggedPattern, wilson_interval
from pipeline.auditing.subject import missing_gold_reason
from pipeline.auditing.wording import describe_share, format_percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import RunData
    from sql import Row

COUNTERPART_DEPTH = 10
"""How many times as many patterns are read of the other run, before those that are missing are looked up one by one."""

FALLING_PRECISION_NUMBERS = (
    "fall",
    *("run_before", "labelled_documents_before", "gold_documents_before", "precision_before"),
    *("run_after", "labelled_documents_after", "gold_documents_after", "precision_after"),
)

_PRECISION_TOLERANCE = 1e-9


class _RunPrecision(NamedTuple):
    run: Row
    hits: int
    labelled: int

    @classmethod
    def from_pattern(cls, run: Row, pattern: Row) -> _RunPrecision:
        return cls(run, pattern["gold_documents"], pattern["labelled_documents"])

    @property
    def precision(self) -> float:
        return self.hits / self.labelled

    def numbers(self) -> tuple[float, ...]:
        return self.run["run"], self.labelled, self.hits, self.precision

    def __str__(self) -> str:
        counted = f"{self.hits:,} of {self.labelled:,} labelled documents"
        return f"{format_percent(self.precision)} in {self.run['corpus']} (run {self.run['run']}, {counted})"


def check_falling_precision(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Lists a pattern whose precision against gold labels is lower in one run than in the other by `min_fall` or more,
    where the two 95 % intervals don't overlap; whichever run it is lower in.

    Numbers: precision_before and precision_after are of the runs run_before and run_after, between which it falls;
    not smoothed, from gold_documents_ and labelled_documents_.
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
    """The patterns of another run that have the label and fragment of a pattern that is to be listed, by these two."""
    depth = COUNTERPART_DEPTH * limits.top
    first = run_data.store.stream("patterns", run=run, top=depth)
    found = {(row["label"], row["fragment"]): row for row in first}
    deep = {row["label"] for row in run_data.store.rows("labels", run=run) if row["patterns"] > depth}
    wanted = [row for row in run_data.audited_patterns() if row["label"] in deep and _has_enough_labels(row, limits)]
    for fragment in {row["fragment"] for row in wanted if (row["label"], row["fragment"]) not in found}:
        places = run_data.store.rows("places", fragment=fragment)
        found |= {(row["label"], fragment): row for row in places if row["run"] == run}
    return found


def _has_enough_labels(pattern: Row, limits: AuditLimits) -> bool:
    return bool(pattern["labelled_documents"] >= limits.min_labelled)


def _check_fall(
    pattern: Row, before: _RunPrecision, after: _RunPrecision, limits: AuditLimits
) -> FlaggedPattern | None:
    fall = before.precision - after.precision
    lower, upper = wilson_interval(before.hits, before.labelled)[0], wilson_interval(after.hits, after.labelled)[1]
    if fall < limits.min_fall - _PRECISION_TOLERANCE or lower <= upper:
        return None
    numbers = dict(zip(FALLING_PRECISION_NUMBERS, (fall, *before.numbers(), *after.numbers()), strict=True))
    return FlaggedPattern(
        pattern, f"{describe_share(pattern)}, but its precision falls from {before} to {after}", numbers
    )


def skip_reason(run_data: RunData) -> str | None:
    """Why the check can't be made."""
    if run_data.other is None:
        return missing_gold_reason(run_data.run) or "the store has no published run of the same model on another corpus"
    return missing_gold_reason(run_data.run) or missing_gold_reason(run_data.other)


FALLING_PRECISION = Check("falling_precision", check_falling_precision, skip_reason, FALLING_PRECISION_NUMBERS)
