"""From where on something is listed."""

from __future__ import annotations

from dataclasses import dataclass, fields

from config.errors import StoreError


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
