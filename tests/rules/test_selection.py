from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import CamlodeError
from camlode.rules.evidence import Evidence, collect_evidence, label_matrix
from camlode.rules.rule_set import Rule
from camlode.rules.selection import SELECTIONS, SelectionSettings, ranking_scores, select_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

MEASURED = {"importance": 1.0, "precision": 0.5, "log_odds_z": 0.0}


def evidence(
    texts: Sequence[str],
    targets: Sequence[str] | Sequence[Sequence[str]],
    candidates: Sequence[tuple[str, str]],
    statistics: Mapping[str, Mapping[str, Any]] | None = None,
) -> Evidence:
    """Of candidates (label, text), and what is known of them by "label/text"; labels are one letter each."""
    labels = sorted({*"ab", *(label for label, _ in candidates), *(name for names in targets for name in names)})
    rules = [
        Rule(name, label, text, {}, MEASURED | dict((statistics or {}).get(name, {})))
        for label, text in candidates
        for name in [f"{label}/{text}"]
    ]
    exclusive = all(isinstance(each, str) for each in targets)
    return collect_evidence(
        rules, texts, label_matrix(targets, labels), labels, exclusive=exclusive, fold=True, boundaries=True
    )


def chosen(found: Evidence, per_label: int, selection: Any = "joint", **options: float) -> list[str]:
    return [
        found.candidates[number].id
        for number in select_rules(found, SelectionSettings(per_label, selection, **options))
    ]


def spread(fragments: Mapping[str, Collection[int]], count: int) -> list[str]:
    """So many texts, each of the fragments that are in it."""
    return [" ".join(name for name, rows in fragments.items() if row in rows) or "-" for row in range(count)]


# Six texts of a, then four of b.
TARGETS = ["a"] * 6 + ["b"] * 4
FRAGMENTS = {
    "p": [0, 1, 2, 3],
    "q": [0, 1, 2, 4, 6],
    "r": [4, 5, 7],
    "s": [3, 5],
    "n": [5, 8, 9],
}
OF_A = [("a", name) for name in "npqrs"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # By default a text of b costs 0.5, and a covered text counts 0.3. 4 of p; then of q 3·0.3 + 1 - 0.5 = 1.4,
        # r 2 - 0.5 = 1.5, s 0.3 + 1 = 1.3; then q 0.9 + 0.3 - 0.5 = 0.7 and s 0.3 + 0.3 = 0.6; n, 1 - 2·0.5 = 0 from
        # the first, never.
        ({}, "prqs"),
        # Nothing is discounted: p 4, q 4 - 0.5, s 2, r 2 - 0.5.
        ({"discount": 1.0}, "pqsr"),
        # What is covered counts no more: p 4, then q 1 - 0.5, r 1.5, s 1; then q -0.5 and s 0.
        ({"discount": 0.0}, "pr"),
        # Texts of b count twice: p 4; q 0.9 + 1 - 2 < 0, r 2 - 2 = 0, s 1.3; then none.
        ({"conflict_cost": 2.0}, "ps"),
        # They count nothing: p 4; q 1.9, r 2, s 1.3, n 1; then q 0.9 + 0.3, s 0.6, n 0.3; s; n 0.09.
        ({"conflict_cost": 0.0}, "prqsn"),
    ],
)
def test_coverage_as_worked_out_by_hand(options: dict[str, float], expected: str) -> None:
    found = evidence(spread(FRAGMENTS, 10), TARGETS, OF_A)
    assert chosen(found, 9, "coverage", **options) == [f"a/{name}" for name in expected]


def test_no_label_has_more_rules_than_its_maximum() -> None:
    found = evidence(spread(FRAGMENTS, 10), TARGETS, [*OF_A, ("b", "n")])
    assert [chosen(found, most, "coverage") for most in (1, 2)] == [["a/p", "b/n"], ["a/p", "a/r", "b/n"]]


@pytest.mark.parametrize("selection", ["joint", "coverage"])
@pytest.mark.parametrize("most", [1, 2, 16])
def test_a_rule_is_selected_for_what_the_others_leave_unexplained(selection: Any, most: int) -> None:
    # y is in more texts than z, but x is in these already.
    found = evidence(
        spread({"x": [0, 1, 2, 3, 4], "y": [0, 1, 2, 3], "z": [5, 6, 7], "w": [8, 9, 10]}, 16),
        ["a"] * 8 + ["b"] * 8,
        [("a", name) for name in "xyz"] + [("b", "w")],
    )
    of_a = [name for name in chosen(found, most, selection) if name.startswith("a")]
    assert of_a[:2] == ["a/x", "a/z"][:most]


@pytest.mark.parametrize("selection", ["joint", "regression", "coverage"])
@pytest.mark.parametrize("most", [1, 2, 3, 8, 30])
def test_near_duplicates_are_left_out_in_whichever_round(selection: Any, most: int) -> None:
    # Of the ten texts of x, xx is in all, y in nine, z in eight: they share 1, 0.9 and 0.8 of their texts with x.
    found = evidence(
        spread({"x": range(10), "xx": range(10), "y": range(9), "z": range(2, 10)}, 30),
        ["a"] * 12 + ["b"] * 18,
        [("a", name) for name in ("x", "xx", "y", "z")],
    )
    assert chosen(found, most, selection) == ["a/x", "a/z"][:most]


@pytest.mark.parametrize("selection", ["joint", "coverage"])
def test_a_text_of_two_labels_goes_to_the_one_that_it_says_most_of(selection: Any) -> None:
    # Of the nine texts with x, four are b, three are a, two are c; y is in all others, which are c.
    found = evidence(
        ["x"] * 9 + ["y"] * 20,
        [*"aaabbbbcc", *["c"] * 20],
        [("a", "x"), ("b", "X"), ("c", "x"), ("c", "y"), ("a", "y")],
    )
    assert chosen(found, 8, selection, conflict_cost=0.2) == ["b/X", "c/y"]


def test_jointly_all_rules_that_say_something_are_chosen_over_the_rounds() -> None:
    # Each of twenty fragments is in texts of its own, the first seven in more.
    texts = [f"f{number}" for number in range(20) for _ in range(2 + (number < 7))]
    found = evidence([*texts, *["-"] * 60], [*["a"] * len(texts), *["b"] * 60], [("a", f"f{n}") for n in range(20)])
    assert {*chosen(found, 20)} == {f"a/f{number}" for number in range(20)}
    assert {*chosen(found, 7)} == {f"a/f{number}" for number in range(7)}


def test_what_one_round_leaves_over_the_next_ones_may_choose() -> None:
    # The best thirteen are the same: with two rules a round, the first can choose but one among the best twelve.
    alike = [f"x{number}" for number in range(13)]
    texts = [" ".join(alike)] * 9 + [f"f{number}" for number in range(20) for _ in range(3)]
    candidates = [("a", name) for name in [*alike, *(f"f{number}" for number in range(20))]]
    found = evidence([*texts, *["-"] * 80], [*["a"] * len(texts), *["b"] * 80], candidates)
    assert len(chosen(found, 16)) == 16


def test_a_text_of_two_labels_is_evidence_for_both() -> None:
    found = evidence(
        ["x", "x", "x y", "y", "y", "-", "-"],
        [["a"], ["a"], ["a", "b"], ["b"], ["b"], [], []],
        [("a", "x"), ("b", "x"), ("a", "y"), ("b", "y")],
    )
    for selection in ("joint", "coverage"):
        assert chosen(found, 3, selection) == ["a/x", "b/y"]


@pytest.mark.parametrize("selection", ["joint", "regression", "coverage"])
def test_a_rule_that_speaks_against_its_label_or_is_nowhere_is_not_chosen(selection: Any) -> None:
    found = evidence(["x", "x", "y", "y"], [*"aabb"], [("a", "y"), ("a", "z"), ("b", "x")])
    assert chosen(found, 3, selection) == []


@pytest.mark.parametrize("selection", ["joint", "regression", "coverage"])
def test_a_label_without_texts_has_no_rule(selection: Any) -> None:
    found = evidence(["x", "x", "y", "y"], [*"aabb"], [("a", "x"), ("c", "x"), ("c", "y"), ("b", "y")])
    assert chosen(found, 3, selection) == ["a/x", "b/y"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ("importance", ["a/x", "a/y", "b/w", "b/z"]),
        # x 5 · 0.1, y 4 · 0.5, z 3 · 0.9 and 3.5 · 0.1 of b, w 3.75 · 0.5.
        ("weighted", ["a/z", "a/y", "b/w"]),
        ("log-odds", ["a/z", "a/x", "b/w"]),
    ],
)
def test_orders_take_the_first_whether_they_occur_or_not(selection: Any, expected: list[str]) -> None:
    found = evidence(
        ["-"],
        ["a"],
        [("a", "x"), ("a", "y"), ("a", "z"), ("b", "z"), ("b", "w")],
        {
            "a/x": {"importance": 5, "precision": 0.1, "log_odds_z": 1.0},
            "a/y": {"importance": 4, "precision": 0.5, "log_odds_z": -1.0},
            "a/z": {"importance": 3, "precision": 0.9, "log_odds_z": 2.0},
            "b/z": {"importance": 3.5, "precision": 0.1, "log_odds_z": 1.5},
            "b/w": {"importance": 3.75, "precision": 0.5, "log_odds_z": 0.5},
        },
    )
    assert chosen(found, 2, selection) == expected


def make_candidates(*statistics: dict[str, Any]) -> list[Rule]:
    return [Rule(str(number), "a", f"t{number}", {}, each) for number, each in enumerate(statistics)]


RANKED = make_candidates(
    {"importance": 8.0, "precision": 0.25, "log_odds_z": -1.5},
    {"importance": 4, "precision": 0.75, "log_odds_z": 2.5},
    {"importance": 0.0, "precision": 1.0, "log_odds_z": 0.0},
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [("importance", [8.0, 4.0, 0.0]), ("weighted", [2.0, 3.0, 0.0]), ("log-odds", [-1.5, 2.5, 0.0])],
)
def test_each_order_has_its_measure(order: str, expected: list[float]) -> None:
    assert ranking_scores(RANKED, order).tolist() == expected


def test_of_no_candidates() -> None:
    assert ranking_scores([], "importance").shape == (0,)


@pytest.mark.parametrize(
    ("statistics", "order", "lacking"),
    [
        ({}, "importance", "importance"),
        ({"importance": 1.0}, "weighted", "precision"),
        ({"importance": 1.0, "precision": None}, "weighted", "precision"),
        ({"importance": 1.0, "precision": 0.5}, "log-odds", "log_odds_z"),
    ],
)
def test_a_candidate_whose_measure_is_not_known_is_named(statistics: Any, order: str, lacking: str) -> None:
    with pytest.raises(CamlodeError) as refused:
        ranking_scores([*RANKED, Rule("1/a/9", "a", "x", {}, statistics)], order)
    assert str(refused.value) == (
        f"candidate 1/a/9 has no {lacking}, which selection={order!r} ranks by: use joint or coverage, which need none"
    )


WORDS = "uvwxyz"


@given(
    st.lists(st.tuples(st.sets(st.sampled_from(WORDS)), st.sets(st.sampled_from("abc"))), min_size=1, max_size=25),
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(WORDS + WORDS.upper())), min_size=1, unique=True),
    st.integers(1, 5),
    st.sampled_from(SELECTIONS),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_whatever_the_evidence_the_choice_keeps_its_promises(
    texts: list[tuple[set[str], set[str]]],
    candidates: list[tuple[str, str]],
    most: int,
    selection: Any,
    exclusive: bool,
) -> None:
    targets: Any = [min(labels, default="a") if exclusive else sorted(labels) for _, labels in texts]
    found = evidence([" ".join(sorted(words)) for words, _ in texts], targets, candidates)
    numbers = select_rules(found, SelectionSettings(most, selection)).tolist()
    assert numbers == select_rules(found, SelectionSettings(most, selection)).tolist()
    assert len({*numbers}) == len(numbers)
    assert {*numbers} <= {*range(len(candidates))}
    labels = found.labels[numbers].tolist()
    assert labels == sorted(labels)
    assert max(Counter(labels).values(), default=0) <= most
    columns = found.columns[numbers].tolist()
    assert len({*columns}) == len(columns)
    if selection in ("joint", "coverage"):
        there = [{*found.firing_matrix[:, [column]].nonzero()[0].tolist()} for column in columns]
        assert all(there)
        for one, other in combinations(range(len(numbers)), 2):
            same = len(there[one] & there[other]) / len(there[one] | there[other])
            assert labels[one] != labels[other] or same < 0.9
