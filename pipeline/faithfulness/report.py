"""What a comparison of methods found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

# Reading one back needs these types when it runs.
from camlode.pipeline.bootstrap import ConfidenceInterval  # noqa: TC001
from camlode.pipeline.faithfulness.removal import Removal  # noqa: TC001


@dataclass(frozen=True, slots=True)
class MethodResult:
    """A method, or a baseline that it is measured by: means with their 95 % intervals over documents.

    `difference` is comprehensiveness − sufficiency. `randomisation` is Spearman's correlation of the scores before and
    after the top layers were redrawn, None where that could not be done; `survives` flags one that is too high.
    `seconds` are those of 1,000 documents, None for baselines. `auprc`
    and `token_f1` are None without spans.
    """

    name: str
    kind: Literal["method", "baseline"]
    comprehensiveness: ConfidenceInterval | None
    sufficiency: ConfidenceInterval | None
    difference: ConfidenceInterval | None
    deletion: ConfidenceInterval | None
    insertion: ConfidenceInterval | None
    randomisation: ConfidenceInterval | None
    survives: bool
    seconds: float | None
    auprc: ConfidenceInterval | None
    token_f1: ConfidenceInterval | None


@dataclass(frozen=True, slots=True)
class RefusedMethod:
    """A method that the model can't bear, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaithfulnessReport:
    """The methods, best `difference` first, then the baselines; what they were measured on; and what to take.

    `documents` were drawn, `explained` of them have `pairs` with labels that the model gives them; `marked_pairs` of
    these were compared with spans, `marks_by_gold` only those whose label is a gold one (None: there were no spans).
    """

    results: tuple[MethodResult, ...]
    refused: tuple[RefusedMethod, ...]
    documents: int
    explained: int
    pairs: int
    marked_pairs: int
    removal: Removal
    marks_by_gold: bool | None
    warnings: tuple[str, ...]
    recommendation: str

    def to_dict(self) -> dict[str, Any]:
        """The report as values that JSON can hold."""
        return asdict(self)
