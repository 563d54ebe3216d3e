"""What a check is, and the interval that two of them go by."""
# MERGED: Important, though few of the documents with the fragment have the label.
# MERGED: Precise in one corpus, and less so in another: what a model learned from the first need not hold elsewhere.
# MERGED: One fragment that decides too much of a label by itself.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from camlode.pipeline.audit.findings import describe_share, possessive, quote
from camlode.pipeline.audit.run_data import missing_gold_reason
from camlode.pipeline.display.numbers import format_share
from camlode.pipeline.stages.statistics import wilson_lower_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from camlode.pipeline.audit.findings import AuditLimits
    from camlode.pipeline.audit.run_data import RunData
    from camlode.sql import Row


class FlaggedPattern(NamedTuple):
    """A pattern that a check lists: why, in one sentence, and the numbers that this rests on."""

    pattern: Row
    why: str
    numbers: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    `judge` gives something for each pattern that it could judge: None where all is well. `skip_reason` says why the check
    can't be made, None where it can. `numbers` are the names of what a suspicion rests on.
    """

    name: str
    judge: Callable[[RunData, AuditLimits], Iterator[FlaggedPattern | None]]
    skip_reason: Callable[[RunData], str | None]
    numbers: tuple[str, ...]


def wilson_interval(hits: int, documents: int) -> tuple[float, float]:
    """The 95 % interval of hits / documents by Wilson: its upper end is 1 less the lower end of what doesn't hit."""
    return float(wilson_lower_bound(hits, documents)), 1 - float(wilson_lower_bound(documents - hits, documents))


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
        f"({format_share(hits / labelled)}) are {pattern['label']}"
    )
    return FlaggedPattern(
        pattern, why, dict(zip(LOW_PRECISION_NUMBERS, (labelled, hits, hits / labelled, upper), strict=True))
    )


LOW_PRECISION = Check(
    "low_precision", check_low_precision, lambda run_data: missing_gold_reason(run_data.run), LOW_PRECISION_NUMBERS
)


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
        return f"{format_share(self.precision)} in {self.run['corpus']} (run {self.run['run']}, {counted})"


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


def check_concentrated(run_data: RunData, limits: AuditLimits) -> Iterator[FlaggedPattern | None]:
    """Lists a pattern with more than `max_share` of its label's importance. It has no numbers beside its share."""
    for pattern in run_data.audited_patterns():
        yield _check_share(pattern, limits)


def _check_share(pattern: Row, limits: AuditLimits) -> FlaggedPattern | None:
    if pattern["share"] <= limits.max_share:
        return None
    carries = f"{quote(pattern['fragment'])} alone carries {format_share(pattern['share'])}"
    limit = f"where no fragment should carry more than {format_share(limits.max_share)}"
    return FlaggedPattern(pattern, f"{carries} of {possessive(pattern['label'])} importance, {limit}", {})


CONCENTRATED = Check("concentrated", check_concentrated, lambda _: None, ())
