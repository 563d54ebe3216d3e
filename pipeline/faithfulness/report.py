"""The result of a comparison of methods."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

# A report is read back by the annotations of its fields, which need these types at run time.
from camlode.pipeline.bootstrap import ConfidenceInterval  # noqa: TC001
from camlode.pipeline.faithfulness.removal import Removal  # noqa: TC001


@dataclass(frozen=True, slots=True)
class MethodResult:
    """The measures of a method or a baseline: means with their 95 % intervals over documents.

    comprehensiveness, sufficiency, deletion, insertion: probabilities, see `camlode.pipeline.faithfulness.removal`.
    difference: comprehensiveness − sufficiency, by which methods are ranked.
    randomisation: Spearman's correlation of the scores before and after randomising the top layers; None if the model
        has no layers that can be randomised.
    survives: whether that correlation is so high that the ranking hardly depends on what the layers learnt.
    seconds: the time for 1,000 documents; None for baselines.
    auprc, token_f1: the agreement with marked spans; None without spans.
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
    """A method that the model does not support, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaithfulnessReport:
    """A comparison of methods on a sample of documents.

    results: the methods, highest `difference` first, then the baselines.
    refused: methods that the model does not support.
    documents: the size of the sample.
    explained: the number of these for which every method explained a label.
    pairs: the number of pairs of document and predicted label.
    marked_pairs: the number of pairs with marked spans.
    removal: how tokens were removed.
    marks_by_gold: whether only pairs with a gold label were compared with spans; None without spans.
    warnings: lines about methods that should not be trusted.
    recommendation: a line about which method to use.
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
        """The report as values that JSON can represent."""
        return asdict(self)
