from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from camlode.config.errors import StoreError

ON_BOTH_DATABASES = True


@pytest.fixture
def reviewed(store, publish_run):
    publish_run({"财经": ["基金", "期货"], "房产": ["基金"]})
    store.review("基金", "财经", "spurious", note="a fund's advertisement", author="ann")
    return store


def review_statuses(store, **filters):
    return [(row["label"], row["fragment"], row["review"]) for row in store.rows("patterns", **filters)]


def test_a_review_is_kept_with_its_author_and_time(reviewed):
    (row,) = reviewed.rows("reviews")
    assert timedelta(0) <= datetime.now(UTC) - row.pop("time") < timedelta(minutes=1)
    assert row.pop("review") == 1
    assert row == {
        "fragment": "基金",
        "label": "财经",
        "status": "spurious",
        "note": "a fund's advertisement",
        "author": "ann",
    }


def test_patterns_show_the_review_of_their_own_label(reviewed):
    assert review_statuses(reviewed) == [("财经", "基金", "spurious"), ("财经", "期货", None), ("房产", "基金", None)]
    assert [(row["label"], row["review"]) for row in reviewed.rows("places", fragment="基金")] == [
        ("财经", "spurious"),
        ("房产", None),
    ]


def test_later_runs_show_the_earlier_verdict(reviewed, publish_run):
    publish_run({"财经": ["期货", "基金"]})
    assert review_statuses(reviewed) == [("财经", "期货", None), ("财经", "基金", "spurious")]


def test_reviews_outlive_runs(reviewed, publish_run):
    second = publish_run({"财经": ["期货"]})
    reviewed.delete_run(1)
    assert [row["fragment"] for row in reviewed.rows("reviews")] == ["基金"]
    reviewed.delete_run(second)
    publish_run({"财经": ["基金"]})
    assert review_statuses(reviewed) == [("财经", "基金", "spurious")]


def test_the_last_review_counts_until_it_is_taken_back(reviewed):
    reviewed.review("基金", "财经", "accepted", author="bob")
    assert review_statuses(reviewed, label="财经", top=1) == [("财经", "基金", "accepted")]
    reviewed.undo_review("基金", "财经")
    assert review_statuses(reviewed, label="财经", top=1) == [("财经", "基金", "spurious")]
    reviewed.undo_review("基金", "财经")
    assert review_statuses(reviewed, label="财经", top=1) == [("财经", "基金", None)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("accepted", ["期货"]),
        ("rejected", ["债券"]),
        ("spurious", ["基金"]),
        ("unreviewed", ["股市", "基民"]),
        ("usable", ["期货", "股市", "基民"]),
    ],
)
@pytest.mark.parametrize("contains", [None, "市"])
def test_patterns_are_chosen_by_their_last_review(store, publish_run, status, expected, contains):
    publish_run({"财经": ["基金", "期货", "债券", "股市", "基民"]})
    for text, said in [("期货", "rejected"), ("基金", "spurious"), ("期货", "accepted"), ("债券", "rejected")]:
        store.review(text, "财经", said)
    found = [row["fragment"] for row in store.rows("patterns", status=status, contains=contains)]
    assert found == [text for text in expected if contains is None or contains in text]


@pytest.mark.parametrize(
    ("fragment", "label", "status", "message"),
    [
        ("基金", "财金", "spurious", "no run has a label '财金': did you mean '财经'[?]"),
        ("股市", "财经", "spurious", "'股市' is no pattern of the label '财经' in any run: camlode query --contains"),
        ("期货", "房产", "spurious", "'期货' is no pattern of the label '房产' in any run"),
        ("基金", "财经", "wrong", "status is 'wrong': expected accepted, rejected or spurious"),
        ("\udcff", "财经", "spurious", "fragment is not valid text"),
    ],
)
def test_a_review_of_nothing_is_refused(reviewed, fragment, label, status, message):
    with pytest.raises(StoreError, match=message):
        reviewed.review(fragment, label, status)
    assert len(reviewed.rows("reviews")) == 1


def test_there_must_be_a_review_to_take_back(reviewed):
    with pytest.raises(StoreError, match="'基金' has no review for the label '房产'"):
        reviewed.undo_review("基金", "房产")
