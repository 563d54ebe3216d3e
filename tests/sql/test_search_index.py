from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.sql import search_index

ON_BOTH_DATABASES = True

LETTERS = st.text(st.sampled_from("ab基金. \"'(\0\uf8ff👩"), max_size=6)


def literal(bigram_arrays: str) -> list[int]:
    return [int(number) for number in bigram_arrays.strip("{}").split(",") if number]


@given(st.lists(LETTERS, max_size=4))
def test_postgresql_keeps_a_number_for_each_pair_of_each_text(texts):
    expected = [[search_index.bigram_query(a + b, "postgresql")[0] for a, b in pairwise(t)] for t in texts]
    assert [literal(each) for each in search_index.bigram_arrays(texts).to_pylist()] == expected


@given(LETTERS)
def test_sqlite_keeps_a_word_for_each_pair(text):
    (found,) = search_index.bigram_words([text])
    assert len(found.split(" ")) == max(len(text) - 1, 1)
    assert not set(found) & set(".\"'(\0")


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_what_is_too_short_to_have_a_pair_narrows_nothing(dialect):
    assert search_index.bigram_query("图", dialect) is None


FRAGMENTS = [
    "基金",
    "基金公司",
    "债券基金",
    "金基",
    "公司债",
    "AB基",
    "ab基",
    "a.b",
    "a b",
    "图",
    "基",
    "👩‍👩‍👧基",
    "b\0a",
]


@pytest.mark.parametrize(
    "text",
    [
        "基金",
        "金公",
        "公司",
        "金基",
        "AB",
        "ab",
        "b基",
        "a.",
        ". ",
        "a b",
        "图",
        "基",
        "👩‍",
        "司债",
        "没有",
        "基金公司",
    ],
)
def test_the_index_finds_just_what_contains_a_text(store, publish_run, text):
    publish_run({"财经": FRAGMENTS[::2], "房产": FRAGMENTS[1::2]})
    found = {row["fragment"] for row in store.rows("patterns", contains=text)}
    assert found == {fragment for fragment in FRAGMENTS if text in fragment}


def test_fragments_of_later_runs_are_found_too(store, publish_run):
    publish_run({"财经": ["基金", "期货"]})
    run = publish_run({"财经": ["期货", "货币基金", "基金"]})
    found = store.rows("patterns", contains="基金")
    assert [(row["run"], row["fragment"]) for row in found] == [(run, "货币基金"), (run, "基金")]


def test_a_text_is_found_after_fragments_were_deleted(store, publish_run, query):
    first = publish_run({"财经": ["基金", "期货"]})
    second = publish_run({"财经": ["期货"]})
    store.delete_run(first)
    assert query("SELECT text FROM fragments") == [("期货",)]
    publish_run({"财经": ["基民", "期货"]})
    assert [row["fragment"] for row in store.rows("patterns", contains="基民")] == ["基民"]
    assert store.rows("patterns", contains="基金") == []
    assert [row["run"] for row in store.rows("patterns", run=second, contains="期货")] == [second]
