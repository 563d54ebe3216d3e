"""Precise in one corpus, and less so in another: what a model learned from the first need not hold elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.auditing.checks import Check, Suspicion, interval
from pipeline.auditing.subject import no_gold
from pipeline.auditing.wording import leaning, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import Subject
    from sql import Row

DEPTH = 10
"""How many times as many patterns are read of the other run, before those that are missing are looked up one by one."""

NUMBERS = (
    "fall",
    *("run_before", "labelled_documents_before", "gold_documents_before", "precision_before"),
    *("run_after", "labelled_documents_after", "gold_documents_after", "precision_after"),
)

_ROUNDING = 1e-9


class _Side(NamedTuple):
    run: Row
    hits: int
    labelled: int

    @classmethod
    def of(cls, run: Row, pattern: Row) -> _Side:
        return cls(run, pattern["gold_documents"], pattern["labelled_documents"])

    @property
    def precision(self) -> float:
        return self.hits / self.labelled

    def numbers(self) -> tuple[float, ...]:
        return self.run["run"], self.labelled, self.hits, self.precision

    def __str__(self) -> str:
        counted = f"{self.hits:,} of {self.labelled:,} labelled documents"
        return f"{percent(self.precision)} in {self.run['corpus']} (run {self.run['run']}, {counted})"


def judge(subject: Subject, limits: AuditLimits) -> Iterator[Suspicion | None]:
    """Lists a pattern whose precision against gold labels is lower in one run than in the other by `min_fall` or more,
    where the two 95 % intervals don't overlap; whichever run it is lower in.

    Numbers: precision_before and precision_after are of the runs run_before and run_after, between which it falls;
    not smoothed, from gold_documents_ and labelled_documents_.
    """
    if subject.other is None:
        return
    others = counterparts(subject, subject.other["run"], limits)
    for pattern in subject.listed():
        other = others.get((pattern["label"], pattern["fragment"]))
        if other is not None and _is_enough(pattern, limits) and _is_enough(other, limits):
            sides = (_Side.of(subject.run, pattern), _Side.of(subject.other, other))
            yield _judged(
                pattern,
                max(sides, key=lambda side: side.precision),
                min(sides, key=lambda side: side.precision),
                limits,
            )


def counterparts(subject: Subject, run: int, limits: AuditLimits) -> Mapping[tuple[str, str], Row]:
    """The patterns of another run that have the label and fragment of a pattern that is to be listed, by these two."""
    depth = DEPTH * limits.top
    first = subject.store.stream("patterns", run=run, top=depth)
    found = {(row["label"], row["fragment"]): row for row in first}
    deep = {row["label"] for row in subject.store.rows("labels", run=run) if row["patterns"] > depth}
    wanted = [row for row in subject.listed() if row["label"] in deep and _is_enough(row, limits)]
    for fragment in {row["fragment"] for row in wanted if (row["label"], row["fragment"]) not in found}:
        places = subject.store.rows("places", fragment=fragment)
        found |= {(row["label"], fragment): row for row in places if row["run"] == run}
    return found


def _is_enough(pattern: Row, limits: AuditLimits) -> bool:
    return bool(pattern["labelled_documents"] >= limits.min_labelled)


def _judged(pattern: Row, before: _Side, after: _Side, limits: AuditLimits) -> Suspicion | None:
    fall = before.precision - after.precision
    lower, upper = interval(before.hits, before.labelled)[0], interval(after.hits, after.labelled)[1]
    if fall < limits.min_fall - _ROUNDING or lower <= upper:
        return None
    numbers = dict(zip(NUMBERS, (fall, *before.numbers(), *after.numbers()), strict=True))
    return Suspicion(pattern, f"{leaning(pattern)}, but its precision falls from {before} to {after}", numbers)


def why_not(subject: Subject) -> str | None:
    """Why the check can't be made."""
    if subject.other is None:
        return no_gold(subject.run) or "the store has no published run of the same model on another corpus"
    return no_gold(subject.run) or no_gold(subject.other)


FALLING_PRECISION = Check("falling_precision", judge, why_not, NUMBERS)
