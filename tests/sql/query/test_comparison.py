from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camlode.config.errors import StoreError
from camlode.sql.query import comparison
from tests.sql.databases import both_databases

# Shares by rank are 1/2, 1/4, 1/6, 1/8 …
OLD = {"财经": ["基金", "期货", "股市"], "房产": ["均价"]}
NEW = {"财经": ["期货", "基金", "债券"], "房产": ["均价"]}


@pytest.fixture
def runs(publish_run):
    return publish_run(OLD), publish_run(NEW)


def changes(rows):
    return [(row["label"], row["change"], row["fragment"], round(row["share_change"], 6)) for row in rows]


@both_databases
def test_the_biggest_changes_come_first_by_label(store, runs):
    assert changes(store.rows("difference", before=runs[0], after=runs[1])) == [
        ("财经", "moved", "基金", -0.25),
        ("财经", "moved", "期货", 0.25),
        ("财经", "gained", "债券", round(1 / 6, 6)),
        ("财经", "lost", "股市", round(-1 / 6, 6)),
    ]


@both_databases
def test_a_change_has_what_both_runs_say(store, runs):
    _, moved, gained, lost = store.rows("difference", before=runs[0], after=runs[1])
    assert moved == {
        "label": "财经",
        "change": "moved",
        "fragment": "期货",
        "rank_before": 2,
        "rank_after": 1,
        "importance_before": 6.0,
        "importance_after": 12.0,
        "share_before": 0.25,
        "share_after": 0.5,
        "share_change": 0.25,
    }
    assert (gained["rank_before"], gained["rank_after"], gained["importance_before"]) == (None, 3, None)
    assert (lost["rank_before"], lost["rank_after"], lost["share_after"]) == (3, None, None)


def test_the_other_way_round_what_was_gained_is_lost(store, runs):
    forth = store.rows("difference", before=runs[0], after=runs[1])
    back = store.rows("difference", before=runs[1], after=runs[0])
    names = {"gained": "lost", "lost": "gained", "moved": "moved"}
    mirrored = [(label, names[change], text, -by) for label, change, text, by in changes(forth)]
    assert sorted(changes(back)) == sorted(mirrored)


def test_counts_are_by_label(store, runs):
    found = store.difference_counts(*runs).to_dict("records")
    assert found == [
        {"label": "财经", "before": 3, "after": 3, "kept": 2, "gained": 1, "lost": 1},
        {"label": "房产", "before": 1, "after": 1, "kept": 1, "gained": 0, "lost": 0},
    ]


@both_databases
def test_the_view_says_the_same(store, runs, query):
    found = query(
        "SELECT label, change, fragment, rank_before, rank_after, share_change FROM run_difference "
        f"WHERE run_before = {runs[0]} AND run_after = {runs[1]} "
        "AND (rank_before IS NULL OR rank_after IS NULL OR rank_before <> rank_after)"
    )
    names = ("label", "change", "fragment", "rank_before", "rank_after", "share_change")
    rows = store.rows("difference", before=runs[0], after=runs[1])
    assert sorted(found, key=str) == sorted((tuple(row[name] for name in names) for row in rows), key=str)


def test_a_label_that_only_one_model_has_is_all_gained_or_lost(store, start, result, publish_run):
    before = publish_run({"财经": ["基金"]})
    model = replace(start.model, labels=("财经", "体育"))
    after = store.start_run(replace(start, model=model))
    store.publish(after, result({"财经": ["基金"], "体育": ["足球"]}))
    assert changes(store.rows("difference", before=before, after=after)) == [("体育", "gained", "足球", 0.5)]
    assert changes(store.rows("difference", before=after, after=before)) == [("体育", "lost", "足球", -0.5)]


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"before": 1, "after": 9}, "there is no published run 9"),
        ({"before": 9, "after": 1}, "there is no published run 9"),
        ({"before": 1, "after": 2, "label": "财金"}, "no label '财金': did you mean '财经'"),
        ({"before": 1, "after": 2, "top": 0}, "top must be at least 1"),
    ],
)
def test_a_run_or_label_that_is_not_there_is_refused(store, runs, filters, message):
    with pytest.raises(StoreError, match=message):
        store.rows("difference", **filters)


def test_a_run_differs_in_nothing_from_itself(store, runs):
    assert store.rows("difference", before=runs[0], after=runs[0]) == []


def ranked(shares):
    """A result's patterns of one label: fragments by share, ties by text."""
    order = sorted(shares, key=lambda text: (-shares[text], text))
    return {"财经": order}, {text: {"share": shares[text] / 100} for text in order}


SHARES = st.dictionaries(st.sampled_from([f"f{number}" for number in range(30)]), st.integers(1, 40), max_size=30)


@given(SHARES, SHARES, st.integers(1, 5))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_looking_at_the_first_few_finds_what_looking_at_all_would(store, publish_run, monkeypatch, old, new, top):
    runs = publish_run(*ranked(old)), publish_run(*ranked(new))
    monkeypatch.setattr(comparison, "INITIAL_DEPTH", 1)
    everything = store.rows("difference", before=runs[0], after=runs[1], top=None)
    few = store.rows("difference", before=runs[0], after=runs[1], top=top)
    assert [abs(row["share_change"]) for row in few] == [abs(row["share_change"]) for row in everything[:top]]
