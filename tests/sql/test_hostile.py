from __future__ import annotations

import sqlite3
from dataclasses import replace

import pytest

TEXTS = {
    "quotes": 'it\'s "so" `said`',
    "wildcards": "100%_\\%",
    "statement": "'; DROP TABLE patterns; --",
    "parameters": ":run ? %s %(run)s {conditions}",
    "right to left": "\u202eabc\u200f",
    "emoji": "👩‍👩‍👧",
    "combining": "e\u0301",
    "NUL": "基\0金",
    "line breaks": "a\r\n\tb",
    "10,000 characters": "基金" * 5_000,
}

hostile = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


@hostile
def test_a_fragment_comes_back_verbatim(store, published, text):
    published({"财经": ["基", text]})
    assert store.patterns()["fragment"].tolist() == ["基", text]
    assert store.examples(fragment=text)["hit"].tolist() == [text]


@hostile
def test_a_label_comes_back_verbatim(store, start, result, text):
    run = store.start_run(replace(start, labels=("财经", text)))
    store.publish(run, result({text: ["基金"]}))
    assert store.patterns(label=text)[["label", "fragment"]].to_dict("records") == [{"label": text, "fragment": "基金"}]


@hostile
def test_a_filter_finds_the_text_itself_only(store, published, text):
    published({"财经": ["100x", "abc", f"前{text}后", "基金"]})
    assert store.patterns(contains=text)["fragment"].tolist() == [f"前{text}后"]


def test_characters_are_counted_past_a_nul(store, published, tmp_path):
    published({"财经": [TEXTS["NUL"]]})
    with sqlite3.connect(tmp_path / "patterns.db") as connection:
        assert connection.execute("SELECT characters FROM fragments").fetchall() == [(3,)]
