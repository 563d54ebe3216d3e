from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from camlode.rules.evidence import Evidence, collect_evidence
from camlode.rules.fitting import tune_settings, tune_weights
from camlode.rules.rule_set import Rule
from camlode.rules.selection import SelectionSettings, select_rules
from camlode.rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Callable


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
    from sklearn.metrics import log_loss

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
