"""Rules and rule sets: what a rule classifier consists of, and what is exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Task = Literal["multiclass", "multilabel"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A fragment that is evidence for `label` in each text that contains it, however often.

    id: where the rule comes from: RUN/LABEL/RANK for a pattern of a store.
    weights: logits by label, its own first, then those of other labels, which are mostly negative; a label without an
        entry has weight 0.
    statistics: measures of the pattern when the rule was chosen, such as precision and documents.
    """

    id: str
    label: str
    text: str
    weights: Mapping[str, float]
    statistics: Mapping[str, float | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules and everything else that is needed to classify with them.

    A text's score for a label is the label's bias plus the weights of the rules that fire, in logits. In a `multiclass`
    set the label with the highest score is predicted; in a `multilabel` set every label whose probability, the sigmoid
    of its score, reaches its threshold. If no rule fires, the prediction is `fallback`, or nothing if that is None.

    labels: in the model's order. biases (logits) and thresholds (probabilities): by label.
    fold, boundaries: how the rules' texts are matched, see `camlode.rules.matcher.Matcher`.
    provenance: where the rules come from: store, run, model, model_digest and so on, as far as known.
    """

    task: Task
    labels: tuple[str, ...]
    rules: tuple[Rule, ...]
    biases: Mapping[str, float]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    fallback: str | None = None
    fold: bool = True
    boundaries: bool = True
    provenance: Mapping[str, str | int | None] = field(default_factory=dict)


def to_label_set(labels: str | Collection[str] | None) -> frozenset[str]:
    """The labels of a text, given as one label, as several, or as None if it has none."""
    if labels is None:
        return frozenset()
    return frozenset((labels,) if isinstance(labels, str) else labels)
