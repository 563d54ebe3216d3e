from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from camlode.config import CamlodeError
from camlode.rules.evidence import Evidence, collect_evidence
from camlode.rules.fitting import MIN_WEIGHT, RuleOptions, fit_rules, tune_settings, tune_weights
from camlode.rules.rule_set import Rule, RuleSet
from camlode.rules.selection import SelectionSettings, select_rules
from camlode.rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Callable

TEXTS = ["apple pie", "apple", "pear", "a phone", "phone and screen", "screen"] * 4
TARGETS = ["food", "food", "food", "tech", "tech", "tech"] * 4
CANDIDATES = (
    Rule("1/food/1", "food", "apple", {}, {"documents": 9}),
    Rule("1/food/2", "food", "pear", {}),
    Rule("1/tech/1", "tech", "phone", {}),
    Rule("1/tech/2", "tech", "screen", {}),
    Rule("1/tech/3", "tech", "fax", {}),
)
NONE_CHOSEN = (
    "none of the 5 candidates distinguishes the labels of the 24 texts: expected some that occur in texts of their "
    "label more often than in others"
)


def build(y: Any = TARGETS, texts: Any = TEXTS, **options: Any) -> RuleSet:
    return fit_rules(RuleOptions(**{"candidates": CANDIDATES, "selection": "joint"} | options), texts, y)


def error_message(**given: Any) -> str:
    with pytest.raises(CamlodeError) as refused:
        build(**given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_rules_come_by_label_with_what_was_known_of_them() -> None:
    found = build()
    assert (found.task, found.labels) == ("multiclass", ("food", "tech"))
    # Nobody has a fax.
    assert {rule.id for rule in found.rules} == {"1/food/1", "1/food/2", "1/tech/1", "1/tech/2"}
    assert [rule.label for rule in found.rules] == ["food", "food", "tech", "tech"]
    assert next(rule for rule in found.rules if rule.text == "apple").statistics == {"documents": 9}


def test_a_rule_s_own_weight_comes_first_and_is_positive() -> None:
    for rule in build().rules:
        assert next(iter(rule.weights)) == rule.label
        assert rule.weights[rule.label] > 0 > min(rule.weights.values())
        assert all(value == round(value, 3) for value in rule.weights.values())


def test_small_weights_are_left_out() -> None:
    # "a" is in as many texts of each label, and its label is the first; "art" is never said.
    candidates = (*CANDIDATES[:1], Rule("1/tech/9", "tech", "a", {}, {"importance": 1.0}))
    texts = ["apple a", "apple", "a", "b"] * 4
    found = build(
        ["food", "food", "tech", "tech"] * 4,
        texts,
        candidates=candidates[1:],
        selection="importance",
        labels=("tech", "food", "art"),
    )
    (rule,) = found.rules
    assert rule.weights == {"tech": 0.0}
    assert MIN_WEIGHT == 0.05


def test_provenance_and_matching_options_are_kept() -> None:
    found = build(provenance={"store": "patterns.db", "run": 2}, fold=False, boundaries=False, fallback="tech")
    assert found.provenance == {"store": "patterns.db", "run": 2, "selection": "joint", "texts": 24}
    assert (found.fold, found.boundaries, found.fallback) == (False, False, "tech")


def test_best_records_which_selection_was_better() -> None:
    assert build(selection="best").provenance["selection"] in ("joint", "regression")


@pytest.mark.parametrize("per_label", [1, np.int64(1)])
def test_no_label_has_more_rules_than_are_wanted(per_label: Any) -> None:
    assert [rule.label for rule in build(rules_per_label=per_label).rules] == ["food", "tech"]


def test_labels_come_in_the_order_in_which_they_are_given() -> None:
    found = build(labels=["tech", "art", "food"])
    assert found.labels == ("tech", "art", "food")
    assert [rule.label for rule in found.rules] == ["tech", "tech", "food", "food"]
    # "art" is never said and has no candidate, so its bias is lowest.
    assert min(found.biases, key=lambda label: found.biases[label]) == "art"


def test_labels_of_texts_or_candidates_alone_are_labels_too() -> None:
    assert build([*TARGETS[:-1], "art"], candidates=CANDIDATES[:2]).labels == ("art", "food", "tech")
    assert build(["food", "food", "food", "art", "art", "art"] * 4).labels == ("art", "food", "tech")


def test_texts_with_several_labels_or_none_make_a_multilabel_set() -> None:
    found = build([("food",), ("food", "tech"), (), ("tech",), ["tech"], {"tech"}] * 4)
    assert found.task == "multilabel"
    # Of so few texts none is held out, and thresholds are a half.
    assert found.thresholds == {"food": 0.5, "tech": 0.5}
    assert build().thresholds == {}


def test_one_text_for_two_labels_becomes_one_rule() -> None:
    same = (Rule("1/food/1", "food", "Phone", {}), Rule("1/tech/1", "tech", "phone", {}))
    (rule,) = build(candidates=same).rules
    assert (rule.id, rule.label) == ("1/tech/1", "tech")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"rules_per_label": 0}, "rules_per_label is 0: expected a positive integer"),
        ({"rules_per_label": -1}, "rules_per_label is -1: expected a positive integer"),
        ({"rules_per_label": 2.0}, "rules_per_label is 2.0: expected a positive integer"),
        ({"rules_per_label": True}, "rules_per_label is True: expected a positive integer"),
        ({"rules_per_label": "9"}, "rules_per_label is '9': expected a positive integer"),
        ({"selection": "jiont"}, "selection is 'jiont': did you mean 'joint'?"),
        (
            {"selection": None},
            "selection is None: expected one of: best, joint, regression, coverage, importance, weighted, log-odds",
        ),
        (
            {"candidates": ()},
            "there are no candidates to choose rules from: RuleClassifier.from_store reads those of a run",
        ),
        (
            {"candidates": [Rule("1", "food", "", {})]},
            "the text of candidate '1' is empty and would occur everywhere: leave it out",
        ),
        (
            {"candidates": [Rule("1", "food", "a", {}), Rule("1", "tech", "b", {})]},
            "there are two candidates '1': expected different ids",
        ),
        ({"fallback": "fod"}, "fallback is 'fod': did you mean 'food'?"),
        ({"fallback": "fod", "labels": ("food", "tech")}, "fallback is 'fod': did you mean 'food'?"),
        (
            {"labels": ("food", "art")},
            "a candidate's label is 'tech', not one of the labels: expected one of: food, art",
        ),
        ({"labels": ("food", "tech"), "y": ["fod"] * 24}, "text 0 has the label 'fod': did you mean 'food'?"),
        ({"texts": []}, "got 0 texts but 24 labels: expected at least one text, and its labels"),
        ({"texts": ["a"]}, "got 1 texts but 24 labels: expected at least one text, and its labels"),
        ({"texts": [], "y": []}, "got 0 texts but 0 labels: expected at least one text, and its labels"),
        ({"texts": ["nothing"] * 24}, NONE_CHOSEN),
        ({"y": ["food"] * 24}, NONE_CHOSEN),
        (
            {"selection": "importance"},
            "candidate 1/food/1 has no importance, which selection='importance' ranks by: use joint or coverage, which "
            "need none",
        ),
    ],
)
def test_invalid_options_are_refused(given: dict[str, Any], line: str) -> None:
    assert error_message(**given) == line


def evidence(texts: list[str], targets: Any, candidates: list[tuple[str, str]], *, exclusive: bool) -> Evidence:
    labels = "abcd"[: targets.shape[1]]
    rules = [Rule(f"{label}/{text}", label, text, {}) for label, text in candidates]
    return collect_evidence(rules, texts, targets, labels, exclusive=exclusive, fold=True, boundaries=True)


def interleave(kept: list[Any], held_out: list[Any]) -> list[Any]:
    """Every fifth is one that is held out, from the first on."""
    rest = iter(kept)
    return [each for one in held_out for each in (one, *(next(rest) for _ in range(4)))]


@pytest.fixture(scope="module")
def several() -> Evidence:
    """100 texts of four labels that may have several; a rule fires in half of the 80 kept and of the 20 held out.

    Where it fires, kept texts have a in 14 of 40, b in 36, c in 20, d in 14; elsewhere a in none, b in 2, c in 20, d in
    5. Held-out texts have a and b just where it fires, c never, d always.
    """
    fires = [True] * 40 + [False] * 40
    counts = {True: (14, 36, 20, 14), False: (0, 2, 20, 5)}
    kept = [[number % 40 < count for count in counts[fired]] for number, fired in enumerate(fires)]
    held_out = [[fired, fired, False, True] for fired in [True] * 10 + [False] * 10]
    texts = interleave(["x" if fired else "-" for fired in fires], ["x"] * 10 + ["-"] * 10)
    return evidence(texts, np.array(interleave(kept, held_out)), [("a", "x")], exclusive=False)


def test_each_label_has_the_threshold_that_does_best_on_what_is_held_out(several: Evidence) -> None:
    # The rule says a with a little less than 14/40, so up to 0.3 all is right; b with about 36/40, and else with
    # 2/40, so 0.5 is as right as any; of c nothing is known; and for d, which is everywhere, about 5/40 must do.
    _, tuned = tune_weights(several)
    assert tuned.thresholds == pytest.approx([0.3, 0.5, 0.5, 0.1])


def test_tuning_again_gives_the_same(several: Evidence) -> None:
    (weights, tuned), (again, same) = tune_weights(several), tune_weights(several)
    assert weights.rules.tolist() == again.rules.tolist()
    assert (tuned.penalty, tuned.thresholds.tolist()) == (same.penalty, same.thresholds.tolist())


@pytest.mark.parametrize(
    ("held_out", "penalty"),
    [
        # What is held out is as sure as what was kept, or tells nothing of it.
        ({"x": "a", "y": "b"}, 0.3),
        ({"x": "b", "y": "a"}, 3.0),
    ],
)
def test_the_penalty_is_that_of_the_least_loss_on_what_is_held_out(held_out: dict[str, str], penalty: float) -> None:
    from sklearn.linear_model import LogisticRegression

    kept_texts, kept_labels = ["x"] * 40 + ["y"] * 40, [*"a" * 38, *"b" * 40, *"a" * 2]
    asked = ["x", "y"] * 10
    texts, labels = interleave(kept_texts, asked), interleave(kept_labels, [held_out[text] for text in asked])
    targets = np.array([[label == "a", label == "b"] for label in labels])
    found = evidence(texts, targets, [("a", "x"), ("b", "y")], exclusive=True)
    weights, tuned = tune_weights(found)
    assert tuned.penalty == penalty

    def count_words(words: list[str]) -> Any:
        return np.array([[word == "x", word == "y"] for word in words], float)

    losses = {}
    for each in (0.3, 1.0, 3.0):
        fitted = LogisticRegression(C=2 / each).fit(
            count_words(kept_texts), kept_labels
        )  # half the weights for either label
        losses[each] = log_loss([held_out[text] for text in asked], fitted.predict_proba(count_words(asked)))
    assert min(losses, key=lambda each: losses[each]) == penalty
    # The weights are then learned from all texts.
    whole = LogisticRegression(C=2 / penalty, tol=1e-10).fit(count_words(texts), labels)
    difference = weights.rules[:, 1] - weights.rules[:, 0]
    assert difference == pytest.approx(whole.coef_[0], abs=1e-3)


def test_of_few_texts_none_is_held_out(several: Evidence) -> None:
    few = several.select_texts(np.arange(99))
    _, tuned = tune_weights(few)
    assert (tuned.penalty, tuned.thresholds.tolist()) == (1.0, [0.5] * 4)
    settings = SelectionSettings(1, "coverage")
    assert tune_settings(few, settings) is settings


@pytest.fixture
def two_rules() -> Callable[[str, str], Evidence]:
    """100 texts; of the kept ones u is in 20 of a and in 12 of b, v in 10 others of a, and of those held out each is
    in ten texts of the label given.

    By coverage u is worth 20 - 12·against and v 10, so u is chosen unless a text of b costs 1.
    """

    def make(of_u: str, of_v: str) -> Evidence:
        texts = interleave(["u"] * 32 + ["v"] * 10 + ["-"] * 38, ["u"] * 10 + ["v"] * 10)
        labels = interleave([*"a" * 20, *"b" * 12, *"a" * 10, *"ab" * 19], [*of_u * 10, *of_v * 10])
        targets = np.array([[label == "a", label == "b"] for label in labels])
        return evidence(texts, targets, [("a", "u"), ("a", "v")], exclusive=True)

    return make


@pytest.mark.parametrize(
    ("of_u", "of_v", "expected"),
    [
        ("b", "a", SelectionSettings(1, "coverage", discount=0.1, conflict_cost=1.0)),
        ("a", "b", SelectionSettings(1, "coverage", discount=0.1, conflict_cost=0.25)),
    ],
)
def test_coverage_is_tuned_to_what_is_held_out(
    two_rules: Any, of_u: str, of_v: str, expected: SelectionSettings
) -> None:
    # Of settings that choose the same rule the first is kept.
    found = two_rules(of_u, of_v)
    assert tune_settings(found, SelectionSettings(1, "coverage")) == expected
    assert tune_settings(found, SelectionSettings(1, "coverage")) == expected


@pytest.mark.parametrize("selection", ["joint", "importance"])
def test_other_selections_are_not_tuned(two_rules: Any, selection: Any) -> None:
    settings = SelectionSettings(3, selection)
    assert tune_settings(two_rules("b", "a"), settings) is settings


def test_the_best_of_few_texts_is_joint(several: Evidence) -> None:
    assert tune_settings(several.select_texts(np.arange(99)), SelectionSettings(1, "best")) == SelectionSettings(
        1, "joint"
    )


def test_the_best_is_what_loses_less_on_held_out_texts() -> None:
    found = {}
    for seed in range(8):
        whole = random_evidence(seed)
        held_out = np.arange(len(whole.targets)) % 5 == 0
        kept, asked = (whole.select_texts(np.flatnonzero(rows)) for rows in (~held_out, held_out))
        losses = {}
        for selection in ("joint", "regression"):
            chosen = select_rules(kept, SelectionSettings(2, selection))
            weights = fit_weights(
                kept.select_candidates(chosen).firing_matrix, kept.targets, exclusive=True, iterations=30
            )
            given = probabilities(weights.scores(asked.select_candidates(chosen).firing_matrix), exclusive=True)
            losses[selection] = log_loss(asked.targets.argmax(axis=1), given)
        best = tune_settings(whole, SelectionSettings(2, "best")).selection
        assert losses[best] == min(losses.values())
        found[best] = seed
    assert {*found} == {"joint", "regression"}


def random_evidence(seed: int) -> Evidence:
    """200 texts of two labels and eight fragments, of which each is in texts of one label a little more."""
    generator = np.random.default_rng(seed)
    of_a = generator.random(200) < 0.5
    more = np.where(np.arange(8) < 4, of_a[:, None], ~of_a[:, None])
    holds = generator.random((200, 8)) < np.where(more, 0.45, 0.25)
    texts = [" ".join(f"f{number}" for number in np.flatnonzero(row)) or "-" for row in holds]
    candidates = [("ab"[number >= 4], f"f{number}") for number in range(8)]
    return evidence(texts, np.stack([of_a, ~of_a], axis=1), candidates, exclusive=True)
