from __future__ import annotations

import pytest

from camlode.config.errors import StoreError

FRAGMENTS = {"财经": ["基金", "期货基金", "A股", "a股", "基金公司"], "房产": ["基金", "100%均价"]}


@pytest.fixture
def filled(store, publish_run):
    publish_run(FRAGMENTS)
    return store


def fragments(store, **filters):
    return [(row["label"], row["fragment"]) for row in store.rows("patterns", **filters)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"label": "房产"}, [("房产", "基金"), ("房产", "100%均价")]),
        ({"top": 1}, [("财经", "基金"), ("房产", "基金")]),
        ({"top": 10**30, "label": "房产"}, [("房产", "基金"), ("房产", "100%均价")]),
        ({"contains": "A"}, [("财经", "A股")]),
        ({"contains": "%"}, [("房产", "100%均价")]),
        ({"contains": "_"}, []),
        ({"contains": "基金_"}, []),
        ({"contains": "基金", "top": 2}, [("财经", "基金"), ("财经", "期货基金"), ("房产", "基金")]),
        ({"contains": "基金", "label": "房产"}, [("房产", "基金")]),
        ({"contains": "", "top": 1, "label": "财经"}, [("财经", "基金")]),
    ],
)
def test_filters_of_patterns(filled, filters, expected):
    assert fragments(filled, **filters) == expected


def test_a_filter_that_nothing_matches_leaves_the_columns_and_their_types(filled):
    empty, full = filled.patterns(contains="没有"), filled.patterns()
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"fragment": "基金"}, [("财经", "基金"), ("房产", "基金")]),
        ({"fragment": "基金", "label": "房产"}, [("房产", "基金")]),
        ({"fragment": "没有"}, []),
        ({"label": "房产"}, [("房产", "基金"), ("房产", "100%均价")]),
    ],
)
def test_filters_of_examples(filled, filters, expected):
    assert [(row["label"], row["hit"]) for row in filled.rows("examples", **filters)] == expected


@pytest.mark.parametrize("question", ["runs", "labels", "patterns", "examples", "rejects", "reviews"])
def test_a_frame_has_the_columns_and_values_of_the_rows(filled, question):
    frame = getattr(filled, question)()
    rows = filled.rows(question)
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == rows


@pytest.mark.parametrize("question", ["labels", "patterns", "examples", "rejects"])
def test_without_a_published_run_there_is_nothing_to_read(store, start, question):
    store.finish_run(store.start_run(start), "failed")
    store.start_run(start)
    with pytest.raises(StoreError, match=r"no run is published: the runs are 1 \(failed\), 2 \(running\)$"):
        store.rows(question)


def test_a_store_without_runs_says_so(store):
    with pytest.raises(StoreError, match=r"no run is published: the runs are none$"):
        store.patterns()


@pytest.mark.parametrize("run", [2, 9, 10**30])
def test_an_unfinished_or_unknown_run_is_refused(filled, start, run):
    filled.start_run(start)
    message = rf"there is no published run {run}: the runs are 1 \(complete\), 2 \(running\)$"
    with pytest.raises(StoreError, match=message):
        filled.labels(run=run)


def test_a_misspelt_label_is_answered_with_the_nearest(filled):
    with pytest.raises(StoreError, match=r"run 1 has no label '财金': did you mean '财经'[?]$"):
        filled.patterns(label="财金")


def test_an_unknown_label_is_answered_with_those_there_are(filled):
    with pytest.raises(StoreError, match=r"run 1 has no label 'sport': expected one of: 财经, 房产$"):
        filled.examples(label="sport")


def test_a_label_of_the_model_without_patterns_gives_none(store, publish_run):
    publish_run({"财经": ["基金"]})
    assert store.rows("patterns", label="房产") == []


@pytest.mark.parametrize("top", [0, -1])
def test_top_below_one_is_refused(filled, top):
    with pytest.raises(StoreError, match=f"^top must be at least 1, not {top}$"):
        filled.patterns(top=top)


@pytest.mark.parametrize(("question", "name"), [("patterns", "contains"), ("examples", "fragment")])
def test_a_filter_that_is_no_text_is_refused(filled, question, name):
    with pytest.raises(StoreError, match=f"^{name} is not valid text"):
        filled.rows(question, **{name: "\udcff"})


@pytest.mark.parametrize("change", ["make_current", "delete_run", "resume_run"])
def test_a_number_that_no_database_holds_is_refused_in_one_line(filled, change):
    with pytest.raises(StoreError, match=r"more than 64 bits|out of range|there is no run|is not published"):
        getattr(filled, change)(10**30)
