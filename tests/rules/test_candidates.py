from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from math import log
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import CamlodeError
from camlode.rules.candidates import StoredCandidates, read_candidates
from camlode.rules.classifier import RuleClassifier
from camlode.rules.rule_set import Rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.sql import PatternStore

STATISTICS = {
    "importance": 12.0,
    "documents": 4,
    "matched_documents": 8,
    "precision": 0.75,
    "precision_lower": 0.4,
    "coverage": 0.15,
    "lift": 2.0,
    "log_odds_z": 1.5,
}
# In three documents, of which two are tech.
RARE: dict[str, Any] = {
    "matched_documents": 3,
    "matched_occurrences": 3,
    "predicted_documents": 2,
    "labelled_documents": 3,
    "gold_documents": 2,
    "precision_lower": 0.5,
}
FRAGMENTS: dict[str, dict[str, dict[str, Any]]] = {
    "tech": {"phone": {}, "screen": {}, "!!": {"units": 0}, "fax": RARE},
    "food": {"apple": {}, "phone": {}},
}


@pytest.fixture
def mined_run(mined: Any) -> Any:
    """A store with run 1 of FRAGMENTS."""
    mined.publish(FRAGMENTS, documents={"tech": 45, "food": 15})
    return mined


@pytest.fixture
def mined_anywhere(address: str, create_mined: Callable[[str], Any]) -> Any:
    """The same, in SQLite and in PostgreSQL."""
    found = create_mined(address)
    found.publish(FRAGMENTS, documents={"tech": 45, "food": 15})
    return found


def ids(found: StoredCandidates) -> list[str]:
    return [rule.id for rule in found.rules]


def error_message(store: PatternStore, *given: Any, **floors: Any) -> str:
    with pytest.raises(CamlodeError) as refused:
        read_candidates(store, *given, **floors)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_candidates_with_what_is_known_of_them(mined_anywhere: Any) -> None:
    found = read_candidates(mined_anywhere.store)
    rare = STATISTICS | {"importance": 3.0, "matched_documents": 3, "precision_lower": 0.5}
    assert found.rules == (
        Rule("1/tech/1", "tech", "phone", {}, STATISTICS),
        Rule("1/tech/2", "tech", "screen", {}, STATISTICS | {"importance": 6.0}),
        # "!!" is left out: it is of punctuation alone.
        Rule("1/tech/4", "tech", "fax", {}, rare),
        Rule("1/food/1", "food", "apple", {}, STATISTICS),
        Rule("1/food/2", "food", "phone", {}, STATISTICS | {"importance": 6.0}),
    )


def test_what_the_store_knows_of_the_run(mined_run: Any) -> None:
    found = read_candidates(mined_run.store)
    assert (found.task, found.labels, found.boundaries) == ("multiclass", ("tech", "food"), True)
    assert found.shares == {"tech": 0.75, "food": 0.25}
    assert found.provenance == {
        "store": mined_run.store.name,
        "run": 1,
        "model": "cnn",
        "model_version": "3",
        "model_digest": "d3",
        "corpus": "news",
        "method": "grad-cam",
        "camlode": version("camlode"),
    }


def test_patterns_that_were_spoken_against_are_left_out(mined_anywhere: Any) -> None:
    mined_anywhere.store.review("phone", "tech", "rejected")
    mined_anywhere.store.review("apple", "food", "spurious")
    mined_anywhere.store.review("screen", "tech", "rejected")
    mined_anywhere.store.review("screen", "tech", "accepted")  # the last review counts
    assert ids(read_candidates(mined_anywhere.store)) == ["1/tech/2", "1/tech/4", "1/food/2"]


def test_accepted_ones_alone(mined_run: Any) -> None:
    line = error_message(mined_run.store, accepted=True)
    assert line == (
        "run 1 has no accepted pattern that could become a rule: see camlode query, and lower min_documents "
        "and min_precision or mine with a lower patterns.min_documents"
    )
    mined_run.store.review("phone", "food", "accepted")
    mined_run.store.review("fax", "tech", "accepted")
    mined_run.store.review("apple", "food", "rejected")
    assert ids(read_candidates(mined_run.store, accepted=True)) == ["1/tech/4", "1/food/2"]


@pytest.mark.parametrize(
    ("floors", "expected"),
    [
        ({"min_documents": 4}, ["1/tech/1", "1/tech/2", "1/food/1", "1/food/2"]),
        ({"min_documents": 8, "min_precision": 0.4}, ["1/tech/1", "1/tech/2", "1/food/1", "1/food/2"]),
        ({"min_precision": 0.5}, ["1/tech/4"]),
        ({"per_label": 1}, ["1/tech/1", "1/food/1"]),
    ],
)
def test_floors_are_reached_by_what_equals_them(mined_run: Any, floors: dict[str, Any], expected: list[str]) -> None:
    assert ids(read_candidates(mined_run.store, **floors)) == expected


def test_floors_that_nothing_reaches(mined_run: Any) -> None:
    line = error_message(mined_run.store, min_documents=9)
    assert line.startswith("run 1 has no pattern that could become a rule: see camlode query")


def test_a_run_without_the_match_pass_is_refused(mined_run: Any) -> None:
    mined_run.publish(FRAGMENTS, matched=False)
    assert error_message(mined_run.store) == (
        f"{mined_run.address}: run 2 was mined with patterns.match off, so it is not known where its patterns occur "
        "and how precise they are: mine it with patterns.match: true"
    )
    # The earlier run can still be asked for.
    assert ids(read_candidates(mined_run.store, 1))[0] == "1/tech/1"


def test_a_run_that_is_not_there(mined_run: Any) -> None:
    assert error_message(mined_run.store, 7).startswith(f"{mined_run.address}: there is no ")


def test_a_store_without_a_run(create_mined: Callable[[str], Any], tmp_path: Any) -> None:
    assert error_message(create_mined(str(tmp_path / "empty.db")).store).startswith(str(tmp_path / "empty.db"))


def test_a_label_without_a_pattern_is_still_a_label(mined_run: Any) -> None:
    mined_run.publish({"food": {"apple": {}}})
    found = read_candidates(mined_run.store)
    assert (ids(found), found.labels) == (["2/food/1"], ("tech", "food"))


def test_fragments_of_characters_have_no_boundaries(mined_run: Any, model: Any) -> None:
    several = replace(model, task="multilabel", digest="d4", version="4")
    mined_run.publish({"food": {"水果": {}}}, unit="char", model=several)
    found = read_candidates(mined_run.store)
    assert (found.boundaries, found.task, found.provenance["model_digest"]) == (False, "multilabel", "d4")


# Of 60 texts 45 are tech and 15 food, so the labels' log-odds are log 3 and -log 3; a precision of 0.75 has log 3 too.
SHARES = {"tech": 45, "food": 15}


def make_classifier(mined: Any, **given: Any) -> RuleClassifier:
    return RuleClassifier.from_store(mined.address, **given)


def test_the_best_patterns_count_by_the_log_odds_of_their_precision(mined: Any) -> None:
    high = {"precision": 0.9}
    mined.publish({"tech": {"phone": {}, "screen": high}, "food": {"apple": {}, "pear": high}}, documents=SHARES)
    found = make_classifier(mined).rule_set_
    assert found.biases == {"tech": round(log(3), 3), "food": -round(log(3), 3)}
    assert [(rule.id, rule.weights) for rule in found.rules] == [
        ("1/tech/1", {"tech": 0.0}),
        ("1/tech/2", {"tech": round(log(9) - log(3), 3)}),
        ("1/food/1", {"food": round(log(3) + log(3), 3)}),
        ("1/food/2", {"food": round(log(9) + log(3), 3)}),
    ]
    assert (found.task, found.labels, found.thresholds, found.fallback) == ("multiclass", ("tech", "food"), {}, None)
    assert found.provenance["run"] == 1


def test_the_best_are_those_of_the_highest_importance_times_precision(mined: Any) -> None:
    # 12 × 0.3 = 3.6, 6 × 0.75 = 4.5, 4 × 0.75 = 3.
    mined.publish({"tech": {"phone": {"precision": 0.3}, "screen": {}, "fax": {}}})
    assert [rule.text for rule in make_classifier(mined, rules_per_label=2).rule_set_.rules] == ["screen", "phone"]


def test_one_text_for_two_labels_goes_to_where_it_is_worth_more(mined: Any) -> None:
    mined.publish({"tech": {"screen": {}, "phone": {}}, "food": {"Phone": {}, "apple": {}}})
    found = make_classifier(mined).rule_set_
    assert [(rule.label, rule.text) for rule in found.rules] == [
        ("tech", "screen"),
        ("food", "Phone"),
        ("food", "apple"),
    ]


def test_a_text_that_is_not_read_alike_is_a_rule_of_its_own(mined: Any) -> None:
    mined.publish({"tech": {"straße": {}, "strasse": {}, "STRASSE": {}}})
    assert [rule.text for rule in make_classifier(mined).rule_set_.rules] == ["straße", "strasse"]


def test_a_multilabel_run_has_thresholds_and_fragments_of_characters_no_boundaries(mined: Any, model: Any) -> None:
    several = replace(model, task="multilabel", digest="d4", version="4")
    mined.publish({"food": {"水果": {}}}, model=several, unit="char", documents={"tech": 15, "food": 15})
    found = make_classifier(mined, fallback="food")
    assert (found.rule_set_.task, found.rule_set_.thresholds) == ("multilabel", {"tech": 0.5, "food": 0.5})
    assert (found.boundaries, found.rule_set_.boundaries, found.fallback) == (False, False, "food")
    # Without rules, tech has a quarter, and food by its rule log 3 in place of -log 3.
    assert found.predict(["我买了水果", "电脑"]).tolist() == [("food",), ("food",)]


def test_the_current_run_or_another(mined: Any) -> None:
    mined.publish({"tech": {"phone": {}}})
    mined.publish({"tech": {"screen": {}}})
    assert [make_classifier(mined, run=run).rule_set_.rules[0].text for run in (None, 1, 2)] == [
        "screen",
        "phone",
        "screen",
    ]


def test_every_pattern_stays_a_candidate(mined: Any) -> None:
    mined.publish({"tech": {"phone": {}, "screen": {}}, "food": {"phone": {}}})
    found = make_classifier(mined, rules_per_label=1)
    assert [rule.id for rule in found.candidates] == ["1/tech/1", "1/tech/2", "1/food/1"]
    assert found.labels == ("tech", "food")
    found.fit(["screen", "phone", "phone"] * 4, ["tech", "food", "food"] * 4)
    assert [rule.id for rule in found.rule_set_.rules] == ["1/tech/2", "1/food/1"]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"rules_per_label": 0}, "rules_per_label is 0: expected a positive integer"),
        ({"selection": "weigthed"}, "selection is 'weigthed': did you mean 'weighted'?"),
        ({"fallback": "tec"}, "fallback is 'tec': did you mean 'tech'?"),
    ],
)
def test_a_mistake_is_one_line(mined: Any, given: dict[str, Any], line: str) -> None:
    mined.publish({"tech": {"phone": {}}})
    with pytest.raises(CamlodeError) as refused:
        make_classifier(mined, **given)
    assert str(refused.value) == line


def test_a_run_or_store_that_is_not_there(mined: Any, tmp_path: Any) -> None:
    mined.publish({"tech": {"phone": {}}})
    with pytest.raises(CamlodeError, match="9"):
        make_classifier(mined, run=9)
    with pytest.raises(CamlodeError, match="there is no pattern store at"):
        RuleClassifier.from_store(tmp_path / "gone.db")
