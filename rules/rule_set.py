"""Rules, and sets of them: what a rule classifier is made of and what is exported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Task = Literal["multiclass", "multilabel"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A fragment that speaks for `label` in each text that holds it, however often.

    `weights` are in logits, by label: its own first, then those of other labels, which are mostly negative; a label
    that is not there has none. `id` says where the rule comes from: RUN/LABEL/RANK for a pattern of a store.
    `statistics` are what was known of the pattern when the rule was chosen, such as precision and documents.
    """

    id: str
    label: str
    text: str
    weights: Mapping[str, float]
    statistics: Mapping[str, float | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules with all that is needed to classify by them.

    A text's score for a label is the label's bias plus the weights of the rules that fire, in logits. Of `multiclass`
    sets the highest score wins; of `multilabel` ones each label counts whose probability (the sigmoid of its score)
    reaches its threshold. Where no rule fires the answer is `fallback`, or none.

    labels: in the model's order. biases (logits) and thresholds (probabilities): by label.
    fold, boundaries: how the rules' texts are matched, see `camlode.rules.matcher.Matcher`.
    provenance: where the rules come from: store, run, model, model_digest and so on, as far as it is known.
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
