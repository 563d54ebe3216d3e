from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from rules.evidence import Evidence, gather
from rules.rule_set import Rule
from rules.select import Settings, select
from rules.tuning import tuned_settings, tuned_weights
from rules.weights import learned, probabilities

if TYPE_CHECKING:
    from collections.abc import Callable


def evidence(texts: list[str], said: Any, candidates: list[tuple[str, str]], *, exclusive: bool) -> Evidence:
    labels = "abcd"[: said.shape[1]]
    rules = [Rule(f"{label}/{text}", label, text, {}) for label, text in candidates]
    return gather(rules, texts, said, labels, exclusive=exclusive, fold=True, boundaries=True)


def laid_out(kept: list[Any], held_out: list[Any]) -> list[Any]:
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
    texts = laid_out(["x" if fired else "-" for fired in fires], ["x"] * 10 + ["-"] * 10)
    return evidence(texts, np.array(laid_out(kept, held_out)), [("a", "x")], exclusive=False)


def test_each_label_has_the_threshold_that_does_best_on_what_is_held_out(several: Evidence) -> None:
    # The rule says a with a little less than 14/40, so up to 0.3 all is right; b with about 36/40, and else with
    # 2/40, so 0.5 is as right as any; of c nothing is known; and for d, which is everywhere, about 5/40 must do.
    _, tuned = tuned_weights(several)
    assert tuned.thresholds == pytest.approx([0.3, 0.5, 0.5, 0.1])


def test_tuning_again_gives_the_same(several: Evidence) -> None:
    (weights, tuned), (again, same) = tuned_weights(several), tuned_weights(several)
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
    texts, labels = laid_out(kept_texts, asked), laid_out(kept_labels, [held_out[text] for text in asked])
    said = np.array([[label == "a", label == "b"] for label in labels])
    found = evidence(texts, said, [("a", "x"), ("b", "y")], exclusive=True)
    weights, tuned = tuned_weights(found)
    assert tuned.penalty == penalty

    def of(words: list[str]) -> Any:
        return np.array([[word == "x", word == "y"] for word in words], float)

    losses = {}
    for each in (0.3, 1.0, 3.0):
        fitted = LogisticRegression(C=2 / each).fit(of(kept_texts), kept_labels)  # half the weights for either label
        losses[each] = log_loss([held_out[text] for text in asked], fitted.predict_proba(of(asked)))
    assert min(losses, key=lambda each: losses[each]) == penalty
    # The weights are then learned from all texts.
    whole = LogisticRegression(C=2 / penalty, tol=1e-10).fit(of(texts), labels)
    difference = weights.rules[:, 1] - weights.rules[:, 0]
    assert difference == pytest.approx(whole.coef_[0], abs=1e-3)


def test_of_few_texts_none_is_held_out(several: Evidence) -> None:
    few = several.of_texts(np.arange(99))
    _, tuned = tuned_weights(few)
    assert (tuned.penalty, tuned.thresholds.tolist()) == (1.0, [0.5] * 4)
    settings = Settings(1, "coverage")
    assert tuned_settings(few, settings) is settings


@pytest.fixture
def two_rules() -> Callable[[str, str], Evidence]:
    """100 texts; of the kept ones u is in 20 of a and in 12 of b, v in 10 others of a, and of those held out each is
    in ten texts of the label given.

    By coverage u is worth 20 - 12·against and v 10, so u is chosen unless a text of b costs 1.
    """

    def make(of_u: str, of_v: str) -> Evidence:
        texts = laid_out(["u"] * 32 + ["v"] * 10 + ["-"] * 38, ["u"] * 10 + ["v"] * 10)
        labels = laid_out([*"a" * 20, *"b" * 12, *"a" * 10, *"ab" * 19], [*of_u * 10, *of_v * 10])
        said = np.array([[label == "a", label == "b"] for label in labels])
        return evidence(texts, said, [("a", "u"), ("a", "v")], exclusive=True)

    return make


@pytest.mark.parametrize(
    ("of_u", "of_v", "expected"),
    [
        ("b", "a", Settings(1, "coverage", discount=0.1, against=1.0)),
        ("a", "b", Settings(1, "coverage", discount=0.1, against=0.25)),
    ],
)
def test_coverage_is_tuned_to_what_is_held_out(two_rules: Any, of_u: str, of_v: str, expected: Settings) -> None:
    # Of settings that choose the same rule the first is kept.
    found = two_rules(of_u, of_v)
    assert tuned_settings(found, Settings(1, "coverage")) == expected
    assert tuned_settings(found, Settings(1, "coverage")) == expected


@pytest.mark.parametrize("selection", ["joint", "importance"])
def test_other_selections_are_not_tuned(two_rules: Any, selection: Any) -> None:
    settings = Settings(3, selection)
    assert tuned_settings(two_rules("b", "a"), settings) is settings


def test_the_best_of_few_texts_is_joint(several: Evidence) -> None:
    assert tuned_settings(several.of_texts(np.arange(99)), Settings(1, "best")) == Settings(1, "joint")


def test_the_best_is_what_loses_less_on_held_out_texts() -> None:
    found = {}
    for seed in range(8):
        whole = random_evidence(seed)
        held_out = np.arange(len(whole.said)) % 5 == 0
        kept, asked = (whole.of_texts(np.flatnonzero(rows)) for rows in (~held_out, held_out))
        losses = {}
        for selection in ("joint", "regression"):
            chosen = select(kept, Settings(2, selection))
            weights = learned(kept.of_candidates(chosen).firing, kept.said, exclusive=True, iterations=30)
            given = probabilities(weights.scores(asked.of_candidates(chosen).firing), exclusive=True)
            losses[selection] = log_loss(asked.said.argmax(axis=1), given)
        best = tuned_settings(whole, Settings(2, "best")).selection
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
