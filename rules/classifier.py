"""A text classifier made of rules, with the face of a scikit-learn estimator.

Importing it loads none of scikit-learn, SciPy, SQLAlchemy, TensorFlow and Ray.
"""
# MERGED: What scikit-learn asks of an estimator, without importing it before it is asked.

from __future__ import annotations

import inspect
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from camlode.config.errors import RulesError
from camlode.rules.evidence import firing_matrix, validate_labels, validate_texts
from camlode.rules.matcher import Matcher
from camlode.rules.rule_file import read_rules, write_rules
from camlode.rules.weights import Weights, probabilities

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Sequence

    import numpy.typing as npt
    from sklearn.utils import Tags

    from camlode.rules.rule_set import Rule, RuleSet
    from camlode.rules.selection import Selection

    FloatArray = npt.NDArray[np.float64]


class Estimator:
    """A classifier of texts; its parameters are the arguments of its constructor, which keeps them as they are."""

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's signature)
        """The arguments that it was made with."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Changes some of them.

        Raises:
            ValueError: there is no such argument.
        """
        for name, value in params.items():
            if name not in self._parameter_names():
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}: it has {', '.join(self._parameter_names())}"
                )
            setattr(self, name, value)
        return self

    def require_fitted(self) -> None:
        """Raises scikit-learn's NotFittedError where there are no rules yet."""
        if not self.__sklearn_is_fitted__():
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"this {type(self).__name__} has no rules yet: call fit, load or from_store")

    def __sklearn_is_fitted__(self) -> bool:
        return "rule_set_" in self.__dict__

    def __sklearn_tags__(self) -> Tags:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, multi_output=True),
            classifier_tags=ClassifierTags(multi_label=True),
            input_tags=InputTags(two_d_array=False, one_d_array=True, string=True),
        )

    def __sklearn_clone__(self) -> Self:
        # Candidates are never changed, so the copy can have the same ones.
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        shown = {name: value for name, value in self.get_params().items() if name not in ("candidates", "provenance")}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class FiredRule(NamedTuple):
    """A rule, and the characters [start, end) of the text at which it stands."""

    rule: Rule
    spans: list[tuple[int, int]]


class RuleClassifier(Estimator):
    """Says the label, or the labels, of texts by the rules that fire in them.

    Args:
        candidates: what rules are chosen from; `from_store` reads them.
        rules_per_label: the most rules of each label.
        selection: how they are chosen, one of `camlode.rules.selection.SELECTIONS`.
        fallback: what is said of a text in which no rule fires; None says nothing.
        fold, boundaries: how texts are matched, see `camlode.rules.matcher.Matcher`.
        labels: all labels, in the order of the columns; None: those of `y`, sorted.
        provenance: where the candidates come from; it is kept in the file.

    Attributes:
        rule_set_: the rules with their weights; it is all that a prediction needs, and what is saved.
        classes_: the labels [labels].
    """

    def __init__(
        self,
        candidates: Sequence[Rule] = (),
        *,
        rules_per_label: int = 50,
        selection: Selection = "best",
        fallback: str | None = None,
        fold: bool = True,
        boundaries: bool = True,
        labels: Sequence[str] | None = None,
        provenance: dict[str, str | int | None] | None = None,
    ) -> None:
        self.candidates = candidates
        self.rules_per_label = rules_per_label
        self.selection = selection
        self.fallback = fallback
        self.fold = fold
        self.boundaries = boundaries
        self.labels = labels
        self.provenance = provenance

    @classmethod
    def from_store(
        cls,
        url: str | os.PathLike[str],
        run: int | None = None,
        rules_per_label: int = 50,
        *,
        selection: Selection = "best",
        fallback: str | None = None,
        min_documents: int = 3,
        min_precision: float = 0.0,
        accepted: bool = False,
    ) -> Self:
        """A classifier of a run's patterns, which can predict at once and better after `fit`.

        Before `fit` the rules are the patterns of the highest importance × precision, and a rule's weight is the
        log-odds of its precision less those of its label. What becomes a candidate: `camlode.rules.candidates.read_candidates`.

        Raises:
            RulesError: no pattern can become a rule, or an argument is none.
            StoreError: there is no such store or run, or the run went without the match pass.
        """
        from camlode.rules.candidates import build_from_store

        classifier = cls(rules_per_label=rules_per_label, selection=selection, fallback=fallback)
        filters = {"min_documents": min_documents, "min_precision": min_precision, "accepted": accepted}
        return build_from_store(classifier, url, run, filters)

    @classmethod
    def from_rule_set(cls, rules: RuleSet) -> Self:
        """The classifier that a rule set is; `fit` chooses among its rules anew, as many of a label as there are."""
        most = max(Counter(rule.label for rule in rules.rules).values(), default=1)
        classifier = cls(
            rules.rules,
            rules_per_label=most,
            fallback=rules.fallback,
            fold=rules.fold,
            boundaries=rules.boundaries,
            labels=rules.labels,
            provenance=dict(rules.provenance),
        )
        return classifier._adopt(rules)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The classifier that a rule file holds; raises a RulesError where it can't be used."""
        return cls.from_rule_set(read_rules(path))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the rules to a JSON file that a person can read and edit."""
        self.require_fitted()
        write_rules(self.rule_set_, path)

    def _adopt(self, rules: RuleSet) -> Self:
        """Takes a rule set for its own."""
        self.rule_set_, self.classes_ = rules, np.array(rules.labels, dtype=object)
        self.__dict__.pop("_matcher", None)
        self.__dict__.pop("_weights", None)
        return self

    def fit(self, texts: Iterable[str], y: Iterable[str] | Iterable[Collection[str]]) -> Self:
        """Chooses rules among the candidates and learns their weights, so that they say `y` of `texts`.

        `y` has a label for each text, or where a text can have several or none a collection of them: what the model
        predicted, or what people said.

        Raises:
            RulesError: there are no candidates, none of them is in the texts, or an argument is none.
        """
        from camlode.rules.fitting import fit_rules

        return self._adopt(fit_rules(self, validate_texts(texts), validate_labels(y)))

    def decision_function(self, texts: Iterable[str]) -> FloatArray:
        """The score of each label for each text [texts, labels], in logits."""
        return self.score_texts(texts)[0]

    def predict_proba(self, texts: Iterable[str]) -> FloatArray:
        """The probability of each label for each text [texts, labels]; where no rule fires that of its bias."""
        return probabilities(self.decision_function(texts), exclusive=self._exclusive)

    def covered(self, texts: Iterable[str]) -> npt.NDArray[np.bool_]:
        """Whether any rule fires in each text [texts]."""
        return self.score_texts(texts)[1]

    def predict(self, texts: Iterable[str]) -> npt.NDArray[np.object_]:
        """What is said of each text [texts]: a label, or of a multilabel set a tuple of labels.

        Where no rule fires it is the fallback; without one None, or an empty tuple.
        """
        return self.decisions(*self.score_texts(texts))

    def score_texts(self, texts: Iterable[str]) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
        """What `decision_function` and `covered` give, with the texts matched once."""
        fires = self._match(texts)
        return self._weights.scores(fires), np.asarray(np.diff(fires.indptr) > 0)

    def decisions(self, scores: FloatArray, covered: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
        """What is said of texts with such scores [texts, labels], of which some are covered [texts]."""
        answers = np.empty(len(scores), dtype=object)
        if self._exclusive:
            answers[:] = self.classes_[scores.argmax(axis=1)] if len(scores) else []
            answers[~covered] = self.rule_set_.fallback
            return answers
        limits = [self.rule_set_.thresholds.get(label, 0.5) for label in self.rule_set_.labels]
        reached = probabilities(scores, exclusive=False) >= np.array(limits)
        nothing = () if self.rule_set_.fallback is None else (self.rule_set_.fallback,)
        for row, (some, fires) in enumerate(zip(reached, covered, strict=True)):
            answers[row] = tuple(self.classes_[some]) if fires else nothing
        return answers

    def explain(self, text: str) -> list[FiredRule]:
        """The rules that fire in a text, those first whose weight for their label is highest."""
        found = self._matcher.occurrences(validate_texts([text]))
        spans: dict[int, list[tuple[int, int]]] = {}
        for rule, start, end in zip(found.fragments, found.starts, found.ends, strict=True):
            spans.setdefault(int(rule), []).append((int(start), int(end)))
        fired = [FiredRule(self.rule_set_.rules[rule], places) for rule, places in spans.items()]
        return sorted(fired, key=lambda each: -each.rule.weights.get(each.rule.label, 0.0))

    def score(self, texts: Iterable[str], y: Iterable[str] | Iterable[Collection[str]]) -> float:
        """The share of texts of which just the labels `y` are said.

        Raises:
            RulesError: there is no text, or an argument is none.
        """
        decisions, expected = (
            [_label_set(answer) for answer in each] for each in (self.predict(texts), validate_labels(y))
        )
        if not expected or len(decisions) != len(expected):
            raise RulesError(
                f"there are {len(decisions)} texts and {len(expected)} labels of them: expected as many, and not none"
            )
        return float(np.mean([one == other for one, other in zip(decisions, expected, strict=True)]))

    @property
    def _exclusive(self) -> bool:
        self.require_fitted()
        return self.rule_set_.task == "multiclass"

    def _match(self, texts: Iterable[str]) -> Any:
        self.require_fitted()
        return firing_matrix(self._matcher, validate_texts(texts))

    @cached_property
    def _matcher(self) -> Matcher:
        self.require_fitted()
        rules = self.rule_set_
        return Matcher([rule.text for rule in rules.rules], fold=rules.fold, boundaries=rules.boundaries)

    @cached_property
    def _weights(self) -> Weights:
        self.require_fitted()
        numbers = {label: number for number, label in enumerate(self.rule_set_.labels)}
        values = np.zeros((len(self.rule_set_.rules), len(numbers)))
        for row, rule in enumerate(self.rule_set_.rules):
            for label, weight in rule.weights.items():
                values[row, numbers[label]] = weight
        biases = [self.rule_set_.biases.get(label, 0.0) for label in numbers]
        return Weights(values, np.array(biases))


def _label_set(answer: str | Collection[str] | None) -> frozenset[str]:
    if answer is None:
        return frozenset()
    return frozenset((answer,) if isinstance(answer, str) else answer)
