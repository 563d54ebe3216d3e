from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import CamlodeError
from camlode.rules.candidates import StoredCandidates, read_candidates
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
def mined(mined: Any) -> Any:
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


def test_what_the_store_knows_of_the_run(mined: Any) -> None:
    found = read_candidates(mined.store)
    assert (found.task, found.labels, found.boundaries) == ("multiclass", ("tech", "food"), True)
    assert found.shares == {"tech": 0.75, "food": 0.25}
    assert found.provenance == {
        "store": mined.store.name,
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


def test_accepted_ones_alone(mined: Any) -> None:
    line = error_message(mined.store, accepted=True)
    assert line == (
        "run 1 has no accepted pattern that could become a rule: look at camlode query, and lower the floors or mine "
        "with a lower patterns.min_documents"
    )
    mined.store.review("phone", "food", "accepted")
    mined.store.review("fax", "tech", "accepted")
    mined.store.review("apple", "food", "rejected")
    assert ids(read_candidates(mined.store, accepted=True)) == ["1/tech/4", "1/food/2"]


@pytest.mark.parametrize(
    ("floors", "expected"),
    [
        ({"min_documents": 4}, ["1/tech/1", "1/tech/2", "1/food/1", "1/food/2"]),
        ({"min_documents": 8, "min_precision": 0.4}, ["1/tech/1", "1/tech/2", "1/food/1", "1/food/2"]),
        ({"min_precision": 0.5}, ["1/tech/4"]),
        ({"per_label": 1}, ["1/tech/1", "1/food/1"]),
    ],
)
def test_floors_are_reached_by_what_equals_them(mined: Any, floors: dict[str, Any], expected: list[str]) -> None:
    assert ids(read_candidates(mined.store, **floors)) == expected


def test_floors_that_nothing_reaches(mined: Any) -> None:
    line = error_message(mined.store, min_documents=9)
    assert line.startswith("run 1 has no pattern that could become a rule: look at camlode query")


def test_a_run_that_was_not_matched_is_told_what_to_do(mined: Any) -> None:
    mined.publish(FRAGMENTS, matched=False)
    assert error_message(mined.store) == (
        f"{mined.address}: run 2 was mined with patterns.match off, so it is not known where its patterns occur and "
        "how precise they are: mine it with patterns.match: true"
    )
    # The earlier run can still be asked for.
    assert ids(read_candidates(mined.store, 1))[0] == "1/tech/1"


def test_a_run_that_is_not_there(mined: Any) -> None:
    assert error_message(mined.store, 7).startswith(f"{mined.address}: there is no ")


def test_a_store_without_a_run(create_mined: Callable[[str], Any], tmp_path: Any) -> None:
    assert error_message(create_mined(str(tmp_path / "empty.db")).store).startswith(str(tmp_path / "empty.db"))


def test_a_label_without_a_pattern_is_still_a_label(mined: Any) -> None:
    mined.publish({"food": {"apple": {}}})
    found = read_candidates(mined.store)
    assert (ids(found), found.labels) == (["2/food/1"], ("tech", "food"))


def test_fragments_of_characters_have_no_boundaries(mined: Any, model: Any) -> None:
    several = replace(model, task="multilabel", digest="d4", version="4")
    mined.publish({"food": {"水果": {}}}, unit="char", model=several)
    found = read_candidates(mined.store)
    assert (found.boundaries, found.task, found.provenance["model_digest"]) == (False, "multilabel", "d4")
