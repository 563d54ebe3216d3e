"""A text classifier made of rules, with the interface of a scikit-learn estimator.

Importing this module loads none of scikit-learn, SciPy, pydantic, SQLAlchemy, TensorFlow and Ray: a rule classifier is
meant to start quickly, and on machines without these.
"""

from __future__ import annotations

import inspect
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from camlode.config.errors import RulesError
from camlode.rules.evidence import firing_matrix, validate_labels, validate_texts
from camlode.rules.matcher import Matcher
from camlode.rules.rule_set import to_label_set
from camlode.rules.weights import Weights, probabilities

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Sequence

    import numpy.typing as npt
    from sklearn.utils import Tags

    from camlode.pipeline.arrays import BoolArray, FloatArray
    from camlode.rules.fitting import RuleOptions
    from camlode.rules.rule_set import Rule, RuleSet
    from camlode.rules.selection import Selection


class Estimator:
    """The part of scikit-learn's estimator protocol that does not depend on rules.

    scikit-learn is imported only when it calls: its base classes would be imported with this module. The parameters are
    the constructor's arguments, which a subclass stores under their names.
    """

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 (scikit-learn's signature)
        """Return the parameters by name."""
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        Raises:
            ValueError: there is no such parameter.
        """
        for name, value in params.items():
            if name not in self._parameter_names():
                raise ValueError(
                    f"{type(self).__name__} has no parameter {name!r}: it has {', '.join(self._parameter_names())}"
                )
            setattr(self, name, value)
        return self

    def require_fitted(self) -> None:
        """Raise scikit-learn's NotFittedError if there are no rules yet."""
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
        # scikit-learn would copy every candidate. They are immutable, so the clone can share them.
        return type(self)(**self.get_params())

    def __repr__(self) -> str:
        shown = {name: value for name, value in self.get_params().items() if name not in ("candidates", "provenance")}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


class FiredRule(NamedTuple):
    """A rule that fires in a text, and the characters [start, end) of its occurrences."""

    rule: Rule
    spans: list[tuple[int, int]]


class RuleClassifier(Estimator):
    """Predicts the label, or the labels, of a text from the rules that fire in it.

    Args:
        candidates: the rules to select from; `from_store` reads them.
        rules_per_label: the maximum number of rules of each label.
        selection: how rules are selected, one of `camlode.rules.selection.SELECTIONS`.
        fallback: the label of a text in which no rule fires; None for no label.
        fold, boundaries: how texts are matched, see `camlode.rules.matcher.Matcher`.
        labels: all labels, in the order of the columns; by default those of `y` and the candidates, sorted.
        provenance: where the candidates come from, saved with the rules.

    Attributes:
        rule_set_: the rules with their weights: all that a prediction needs, and what `save` writes.
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
        """Make a classifier from a run's patterns; it can predict at once, and better after `fit`.

        Until `fit`, the rules are the patterns with the highest importance × precision, and a rule's weight is the
        log-odds of its precision less those of its label.

        Args:
            url: the pattern store.
            run: a published run; the current one by default.
            rules_per_label, selection, fallback: see the class.
            min_documents, min_precision, accepted: see `camlode.rules.candidates.read_candidates`.

        Raises:
            RulesError: no pattern can become a rule, or an argument is invalid.
            StoreError: there is no such store or run, or the run was mined without the match pass.
        """
        from camlode.rules.candidates import initial_rules, read_candidates
        from camlode.sql import PatternStore

        stored = read_candidates(
            PatternStore(url), run, min_documents=min_documents, min_precision=min_precision, accepted=accepted
        )
        classifier = cls(
            stored.rules,
            rules_per_label=rules_per_label,
            selection=selection,
            fallback=fallback,
            boundaries=stored.boundaries,
            labels=stored.labels,
            provenance=dict(stored.provenance),
        )
        return classifier._adopt(initial_rules(classifier._options(), stored))

    @classmethod
    def from_rule_set(cls, rules: RuleSet) -> Self:
        """Make a classifier that predicts with a rule set; `fit` selects among its rules and fits their weights."""
        largest = max(Counter(rule.label for rule in rules.rules).values(), default=1)
        classifier = cls(
            rules.rules,
            rules_per_label=largest,
            fallback=rules.fallback,
            fold=rules.fold,
            boundaries=rules.boundaries,
            labels=rules.labels,
            provenance=dict(rules.provenance),
        )
        return classifier._adopt(rules)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Load the classifier in a rule file.

        Raises:
            RulesError: the file cannot be read, or is invalid.
        """
        from camlode.rules.rule_file import read_rule_file

        return cls.from_rule_set(read_rule_file(path))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the rules as a JSON file that a person can read and edit.

        Raises:
            RulesError: the file cannot be written.
            sklearn.exceptions.NotFittedError: there are no rules yet.
        """
        from camlode.rules.rule_file import write_rules

        self.require_fitted()
        write_rules(self.rule_set_, path)

    def _adopt(self, rules: RuleSet) -> Self:
        self.rule_set_, self.classes_ = rules, np.array(rules.labels, dtype=object)
        # Cached properties of the rules before.
        self.__dict__.pop("_matcher", None)
        self.__dict__.pop("_weights", None)
        return self

    def _options(self) -> RuleOptions:
        from camlode.rules.fitting import RuleOptions

        return RuleOptions(
            self.candidates,
            self.rules_per_label,
            self.selection,
            self.fallback,
            self.fold,
            self.boundaries,
            self.labels,
            self.provenance or {},
        )

    def fit(self, texts: Iterable[str], y: Iterable[str] | Iterable[Collection[str]]) -> Self:
        """Select rules among the candidates and fit their weights, so that they predict `y` from `texts`.

        y: a label for each text, or a collection of labels if texts can have several or none: the model's predictions,
        or gold labels.

        Raises:
            RulesError: there are no candidates, none of them occurs in the texts, or an argument is invalid.
        """
        from camlode.rules.fitting import fit_rules

        return self._adopt(fit_rules(self._options(), validate_texts(texts), validate_labels(y)))

    def decision_function(self, texts: Iterable[str]) -> FloatArray:
        """Return the score of each label for each text [texts, labels], in logits."""
        return self.score_texts(texts)[0]

    def predict_proba(self, texts: Iterable[str]) -> FloatArray:
        """Return the probability of each label for each text [texts, labels]; of the biases alone if no rule fires."""
        return probabilities(self.decision_function(texts), exclusive=self._exclusive)

    def covered(self, texts: Iterable[str]) -> BoolArray:
        """Return whether any rule fires in each text [texts]."""
        return self.score_texts(texts)[1]

    def predict(self, texts: Iterable[str]) -> npt.NDArray[np.object_]:
        """Predict the label of each text [texts], or a tuple of labels if the rule set is multilabel.

        If no rule fires, it is the fallback, or without one None or an empty tuple.
        """
        return self.decide(*self.score_texts(texts))

    def score_texts(self, texts: Iterable[str]) -> tuple[FloatArray, BoolArray]:
        """Return what `decision_function` and `covered` return, matching the texts once."""
        self.require_fitted()
        fires = firing_matrix(self._matcher, validate_texts(texts))
        return self._weights.scores(fires), np.asarray(np.diff(fires.indptr) > 0)

    def decide(self, scores: FloatArray, covered: BoolArray) -> npt.NDArray[np.object_]:
        """Return what `predict` returns for texts with these scores [texts, labels], covered or not [texts]."""
        answers = np.empty(len(scores), dtype=object)
        if self._exclusive:
            answers[:] = self.classes_[scores.argmax(axis=1)] if len(scores) else []
            answers[~covered] = self.rule_set_.fallback
            return answers
        limits = [self.rule_set_.thresholds.get(label, 0.5) for label in self.rule_set_.labels]
        reached = probabilities(scores, exclusive=False) >= np.array(limits)
        uncovered = () if self.rule_set_.fallback is None else (self.rule_set_.fallback,)
        for row, (some, fires) in enumerate(zip(reached, covered, strict=True)):
            answers[row] = tuple(self.classes_[some]) if fires else uncovered
        return answers

    def explain(self, text: str) -> list[FiredRule]:
        """Return the rules that fire in a text, in descending order of their weight for their label."""
        matches = self._matcher.find_occurrences(validate_texts([text]))
        spans: dict[int, list[tuple[int, int]]] = {}
        for rule, start, end in zip(matches.fragments, matches.starts, matches.ends, strict=True):
            spans.setdefault(int(rule), []).append((int(start), int(end)))
        fired = [FiredRule(self.rule_set_.rules[rule], occurrences) for rule, occurrences in spans.items()]
        return sorted(fired, key=lambda each: -each.rule.weights.get(each.rule.label, 0.0))

    def score(self, texts: Iterable[str], y: Iterable[str] | Iterable[Collection[str]]) -> float:
        """Return the share of texts for which exactly the labels `y` are predicted.

        Raises:
            RulesError: there is no text, or an argument is invalid.
        """
        predicted, expected = ([*map(to_label_set, each)] for each in (self.predict(texts), validate_labels(y)))
        if not expected or len(predicted) != len(expected):
            raise RulesError(
                f"got {len(predicted)} texts but {len(expected)} labels: expected at least one text, and its labels"
            )
        return float(np.mean([one == other for one, other in zip(predicted, expected, strict=True)]))

    @property
    def _exclusive(self) -> bool:
        self.require_fitted()
        return self.rule_set_.task == "multiclass"

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
