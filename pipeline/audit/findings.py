"""What an audit found."""
# MERGED: From where on something is listed.
# MERGED: The words that all reasons are made of.

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError
from camlode.pipeline.display.numbers import format_share

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from camlode.sql import Row


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """What each check of an audit goes by; docs/audit.md gives the formulas.

    Shares are of a label's importance, precisions are probabilities: both 0 to 1, as is a fall.

    Args:
        top: how many patterns of each label are looked at, the most important first.
        min_share: the least share of its label's importance with which one is looked at.
        min_labelled: documents with gold labels in which a fragment must occur for its precision to be judged.
        max_precision: low_precision lists what is below it with all of its 95 % interval.
        min_fall: falling_precision lists a fall of so much or more.
        max_share: concentrated lists what has more of its label's importance.
        min_split: contradicting lists labels that the model gives to so much or more of the documents with the
            fragment.
        max_precision_sum: the most that two labels' precisions may add up to, in a multi-label run, for contradicting
            to take them for labels that exclude each other in the documents with the fragment.

    Raises:
        StoreError: a limit is outside of its range.
    """

    top: int = 100
    min_share: float = 0.001
    min_labelled: int = 20
    max_precision: float = 0.5
    min_fall: float = 0.1
    max_share: float = 0.05
    min_split: float = 0.1
    max_precision_sum: float = 1.05

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("top", "min_labelled"):
                if value < 1:
                    raise StoreError(f"{field.name} must be at least 1, not {value}")
            elif not 0 <= value <= (2 if field.name == "max_precision_sum" else 1):
                most = "2" if field.name == "max_precision_sum" else "1"
                raise StoreError(f"{field.name} must be between 0 and {most}, not {value}")


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


MAX_QUOTED_LENGTH = 50


def quote(fragment: str) -> str:
    """The fragment, or its beginning, in quotation marks."""
    return f"“{fragment}”" if len(fragment) <= MAX_QUOTED_LENGTH else f"“{fragment[:MAX_QUOTED_LENGTH]}…”"


def possessive(label: str) -> str:
    """The label as the owner of something."""
    return f"{label}'" if label.endswith("s") else f"{label}'s"


def describe_share(pattern: Row) -> str:
    """How much a label leans on a pattern, as the beginning of a sentence."""
    return f"{quote(pattern['fragment'])} carries {format_share(pattern['share'])} of {possessive(pattern['label'])} importance"
