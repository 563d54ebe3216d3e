"""What a check is, and the interval that two of them go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.stages.statistics import wilson_lower_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.auditing.limits import AuditLimits
    from pipeline.auditing.subject import RunData
    from sql import Row


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
