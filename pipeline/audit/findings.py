"""The result of an audit, and the limits from which on it lists a pattern."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pandas as pd

    from camlode.sql import Row


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """The limits of the checks; docs/audit.md gives the formulas.

    Shares of a label's importance, precisions and falls of precision are between 0 and 1.

    Args:
        top: the number of patterns of each label that are checked, the most important first.
        min_share: the minimum share of its label's importance for a pattern to be checked.
        min_labelled: the minimum number of documents with gold labels for the precision of a pattern to be checked.
        max_precision: low_precision lists a pattern if the whole 95 % interval of its precision is below this.
        min_fall: falling_precision lists a fall of this size or more.
        max_share: concentrated lists a pattern with a larger share of its label's importance.
        min_split: contradicting lists labels that the model predicts for at least this share of the documents with
            the fragment.
        max_precision_sum: contradicting considers two labels of a multi-label run exclusive, in the documents with the
            fragment, if their precisions add up to at most this.

    Raises:
        StoreError: a limit is out of range.
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
                upper_bound = "2" if field.name == "max_precision_sum" else "1"
                raise StoreError(f"{field.name} must be between 0 and {upper_bound}, not {value}")


COLUMNS = ("label", "rank", "fragment", "share", "importance", "documents", "check", "review", "why")
"""The columns of a table of findings; the numbers of the checks follow."""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """A pattern that a check lists.

    share: of the label's importance. importance: in logits. documents: the number in which it was important.
    review: the last review of the pattern, if there is one.
    why: the reason, in one sentence.
    numbers: what the reason is based on, by names that the check defines.
    examples, counter_examples: where the pattern was important, and where it occurs in documents of other labels: rows
        of the store with document, place, left, hit and right.
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
    """The counts of a check: patterns judged, findings, and findings that a reviewer has accepted.

    not_made: why the check could not be made, None if it was.
    """

    check: str
    judged: int
    findings: int
    accepted: int
    not_made: str | None

    def __str__(self) -> str:
        if self.not_made is not None:
            return f"{self.check}: skipped: {self.not_made}"
        accepted = f", {self.accepted:,} of them accepted by a reviewer" if self.accepted else ""
        return f"{self.check}: {self.findings:,} of the {self.judged:,} patterns judged{accepted}"


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of a run.

    against: the run that precisions were compared with, if any.
    findings: by label in the model's order, the most important first, those that a reviewer has accepted last.
    summaries: the counts of each check.
    numbers: the names of all numbers of the checks.
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
        """Return the findings of these checks that no reviewer has accepted."""
        return tuple(each for each in self.findings if each.check in checks and not each.accepted)

    def columns(self) -> tuple[str, ...]:
        """The keys of `rows`: COLUMNS, then the numbers of the checks."""
        return *COLUMNS, *self.numbers

    def rows(self) -> Iterator[Row]:
        """Yield the findings as dicts without their examples; a number that a check does not define is None."""
        for finding in self.findings:
            numbers = {name: finding.numbers.get(name) for name in self.numbers}
            yield {name: getattr(finding, name) for name in COLUMNS} | numbers

    def to_dict(self) -> dict[str, Any]:
        """The audit as values that JSON can represent."""
        found = asdict(self) | {"not_made": self.not_made}
        del found["numbers"]  # Each finding has its own.
        return found

    def to_frame(self) -> pd.DataFrame:
        """The findings as a table of `columns()`."""
        import pandas as pd

        return pd.DataFrame(list(self.rows()), columns=list(self.columns()))
