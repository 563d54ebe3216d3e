from __future__ import annotations

from dataclasses import replace

import pytest

from camlode.config.errors import StoreError
from camlode.sql.query.patterns import ORDERS, ORDERS_NEEDING_MATCHES

ON_BOTH_DATABASES = True

# By rank the importances are 12, 6, 4 and 3.
RANKED = ["b", "c", "a", "d"]
CHANGES = {
    "b": {"mean": 1.0, "precision": 0.2, "gold_precision": None, "log_odds_z": 3.0, "c_value": 2.0},
    "c": {"mean": 4.0, "precision": 0.9, "gold_precision": 0.5, "log_odds_z": 5.0, "c_value": 2.0},
    "a": {"mean": 4.0, "precision": 0.9, "gold_precision": 0.5, "log_odds_z": None, "c_value": 8.0},
    "d": {"mean": 9.0, "precision": None, "gold_precision": 0.7, "log_odds_z": -1.0, "c_value": 1.0},
}
EXPECTED = {
    "importance": "bcad",
    "mean": "dacb",
    "precision": "acbd",
    "gold-precision": "dacb",
    "weighted": "cabd",  # 12 × 0.2 = 2.4, 6 × 0.9 = 5.4, 4 × 0.9 = 3.6, none
    "log-odds": "cbda",
    "c-value": "abcd",
}


@pytest.fixture
def ordered(store, publish_run):
    publish_run({"财经": RANKED, "房产": ["z"]}, CHANGES)
    return store


def texts(rows):
    return "".join(row["fragment"] for row in rows)


def test_every_order_is_tried():
    assert EXPECTED.keys() == ORDERS.keys()


@pytest.mark.parametrize(("order", "expected"), EXPECTED.items())
def test_patterns_come_in_the_order_that_is_asked_for_ties_by_text(ordered, order, expected):
    assert texts(ordered.rows("patterns", order=order, label="财经")) == expected
    assert texts(ordered.rows("patterns", order=order)) == expected + "z"


@pytest.mark.parametrize(("order", "expected"), EXPECTED.items())
@pytest.mark.parametrize("top", [1, 3])
def test_the_first_are_taken_in_that_order(ordered, order, expected, top):
    assert texts(ordered.rows("patterns", order=order, label="财经", top=top)) == expected[:top]


def test_the_order_holds_among_those_that_contain_a_text(store, publish_run):
    publish_run({"财经": ["x1", "x2", "y"], "房产": ["x1"]}, {"x1": {"mean": 1.0}, "x2": {"mean": 2.0}})
    found = store.rows("patterns", contains="x", order="mean")
    assert [(row["label"], row["fragment"]) for row in found] == [("财经", "x2"), ("财经", "x1"), ("房产", "x1")]
    assert texts(store.rows("patterns", contains="x", order="mean", top=1)) == "x2x1"


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"min_precision": 0.9}, "ca"),
        ({"min_precision": 0.0}, "bca"),
        ({"min_documents": 5}, "a"),
        ({"min_documents": 4}, "bcad"),
        ({"min_documents": 10**30}, ""),
        ({"maximal": True}, "bad"),
        ({"maximal": True, "min_precision": 0.9}, "a"),
        ({"min_precision": 0.9, "top": 1}, "c"),
        ({"min_precision": 0.9, "contains": "a"}, "a"),
    ],
)
def test_filters_leave_out_what_they_say(store, publish_run, filters, expected):
    more = {"a": {"documents": 5}, "c": {"maximal": False}}
    publish_run({"财经": RANKED}, {text: CHANGES[text] | more.get(text, {}) for text in RANKED})
    assert texts(store.rows("patterns", **filters)) == expected


@pytest.mark.parametrize("filters", [{"order": order} for order in ORDERS_NEEDING_MATCHES] + [{"min_precision": 0.5}])
def test_what_needs_the_match_pass_says_so_where_there_was_none(store, start, result, filters):
    whole = result({"财经": ["基金"]})
    run = store.start_run(start)
    store.publish(run, replace(whole, counts=replace(whole.counts, matched_documents=None)))
    with pytest.raises(StoreError, match=rf"run {run} was mined with patterns.match off, .*patterns.match: true$"):
        store.rows("patterns", **filters)
    assert texts(store.rows("patterns", order="c-value")) == "基金"


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"order": "precison"}, "there is no order 'precison': did you mean 'precision'[?]"),
        ({"status": "acepted"}, "there is no status 'acepted': did you mean 'accepted'[?]"),
        ({"status": "'; DROP TABLE runs"}, "there is no status"),
        ({"order": "rank; DROP TABLE runs"}, "there is no order"),
    ],
)
def test_a_misspelt_filter_is_answered_with_the_nearest(ordered, filters, message):
    with pytest.raises(StoreError, match=message):
        ordered.rows("patterns", **filters)


@pytest.mark.parametrize(("order", "expected"), EXPECTED.items())
@pytest.mark.parametrize("filters", [{}, {"min_documents": 1}, {"contains": ""}])
def test_pages_follow_each_other_in_every_order(ordered, order, expected, filters):
    pages = [
        ordered.rows("patterns", order=order, label="财经", top=3, offset=offset, **filters) for offset in (0, 3, 6)
    ]
    assert [texts(page) for page in pages] == [expected[:3], expected[3:], ""]
    assert texts(ordered.rows("patterns", order=order, label="财经", offset=1, **filters)) == expected[1:]


def test_pages_of_what_holds_a_text_are_counted_for_each_label(store, publish_run):
    publish_run({"财经": ["x1", "y", "x2", "x3"], "房产": ["x1", "x2", "z"]})
    found = store.rows("patterns", contains="x", top=1, offset=1)
    assert [(row["label"], row["fragment"]) for row in found] == [("财经", "x2"), ("房产", "x2")]
    assert texts(store.rows("patterns", contains="x", offset=1)) == "x2x3x2"


def test_an_offset_below_nothing_is_refused(ordered):
    with pytest.raises(StoreError, match="offset must be at least 0, not -1"):
        ordered.rows("patterns", offset=-1)
