"""What an audit found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from pipeline.auditing.limits import AuditLimits
    from sql import Row

COLUMNS = ("label", "rank", "fragment", "share", "importance", "documents", "check", "review", "why")
"""What every finding tells, in the order of its table's columns; the check's own numbers follow."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A pattern that a check lists.

    `share` is of the label's importance, `importance` in logits, `documents` those in which it was important. `review`
    is the last verdict on the pattern, if there is one; `why` one sentence; `numbers` what that rests on, by names of
    the check's own. `examples` are places where it was important, `counter_examples` where it occurs in documents of
    other labels: rows of the store, with document, place, left, hit and right.
    """

    check: str
    label: str
    fragment: str
    rank: int
    share: float
    importance: float
    documents: int
    review: str | None
    why: str
    numbers: Mapping[str, Any]
    examples: tuple[Row, ...]
    counter_examples: tuple[Row, ...]

    @property
    def accepted(self) -> bool:
        """Whether a reviewer has accepted the pattern."""
        return self.review == "accepted"


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """How one check went: patterns judged, findings, and how many of these a reviewer has accepted.

    `not_made` says why the check could not be made, None where it was.
    """

    check: str
    judged: int
    findings: int
    accepted: int
    not_made: str | None

    def __str__(self) -> str:
        if self.not_made is not None:
            return f"{self.check}: not made: {self.not_made}"
        accepted = f", {self.accepted:,} of them accepted by a reviewer" if self.accepted else ""
        return f"{self.check}: {self.findings:,} of the {self.judged:,} patterns judged{accepted}"


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of a run.

    `findings` are in the model's order of labels, the most important first, those that a reviewer has accepted last.
    `against` is the run that precisions were compared with, if any; `summaries` tell how each check went, and `numbers`
    are the names of all numbers that the checks give.
    """

    run: int
    model: str
    corpus: str
    against: int | None
    limits: AuditLimits
    findings: tuple[AuditFinding, ...]
    summaries: tuple[CheckSummary, ...]
    numbers: tuple[str, ...]

    @property
    def not_made(self) -> dict[str, str]:
        """The checks that could not be made, and why."""
        return {each.check: each.not_made for each in self.summaries if each.not_made is not None}

    def unaccepted(self, checks: Collection[str]) -> tuple[AuditFinding, ...]:
        """The findings of these checks that no reviewer has accepted."""
        return tuple(each for each in self.findings if each.check in checks and not each.accepted)

    def columns(self) -> tuple[str, ...]:
        """What `rows` give: COLUMNS, then the numbers of the checks."""
        return *COLUMNS, *self.numbers

    def rows(self) -> Iterator[Row]:
        """The findings as plain dicts without their examples; a number that a check doesn't have is null."""
        for finding in self.findings:
            numbers = {name: finding.numbers.get(name) for name in self.numbers}
            yield {name: getattr(finding, name) for name in COLUMNS} | numbers

    def to_dict(self) -> dict[str, Any]:
        """All of it by name, as JSON can hold it."""
        found = asdict(self) | {"not_made": self.not_made}
        del found["numbers"]  # each finding has its own
        return found

    def to_frame(self) -> pd.DataFrame:
        """The findings as a table of `columns()`."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()), columns=list(self.columns()))
