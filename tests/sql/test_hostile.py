from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies

from camlode.config.errors import StoreError
from camlode.sql import postgresql

ON_BOTH_DATABASES = True

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
    "private use": "\uf8ff0\ue02e",
    "one character": "图",
}

hostile = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


@hostile
def test_a_fragment_comes_back_verbatim(store, publish_run, text):
    publish_run({"财经": ["基", text]})
    assert store.patterns()["fragment"].tolist() == ["基", text]
    assert store.examples(fragment=text)["hit"].tolist() == [text]


@hostile
def test_a_label_comes_back_verbatim(store, start, result, text):
    model = replace(start.model, labels=("财经", text))
    run = store.start_run(replace(start, model=model))
    store.publish(run, result({text: ["基金"]}))
    assert store.patterns(label=text)[["label", "fragment"]].to_dict("records") == [{"label": text, "fragment": "基金"}]


@hostile
def test_a_filter_finds_the_text_itself_only(store, publish_run, text):
    publish_run({"财经": ["100x", "abc", f"前{text}后", "基金"]})
    assert store.patterns(contains=text)["fragment"].tolist() == [f"前{text}后"]


def test_characters_are_counted_past_a_nul(publish_run, query):
    publish_run({"财经": [TEXTS["NUL"]]})
    assert query("SELECT characters FROM fragments") == [(3,)]


@hostile
def test_an_example_comes_back_verbatim(store, start, result, text):
    whole = result({"财经": ["基"]})
    examples = whole.examples
    for name in ("document", "place", "left", "hit", "right"):
        examples = examples.set_column(examples.schema.get_field_index(name), name, [[text]])
    store.publish(store.start_run(start), replace(whole, examples=examples))
    (row,) = store.rows("examples")
    assert {row[name] for name in ("document", "place", "left", "hit", "right")} == {text}


@hostile
def test_a_review_comes_back_verbatim(store, publish_run, text):
    publish_run({"财经": [text]})
    store.review(text, "财经", "spurious", note=text, author=text)
    (row,) = store.rows("reviews", fragment=text)
    assert (row["fragment"], row["note"], row["author"]) == (text, text, text)


@hostile
def test_a_place_is_found_by_its_text(store, publish_run, text):
    publish_run({"财经": ["基", text]})
    assert [row["fragment"] for row in store.rows("places", fragment=text)] == [text]


@pytest.mark.parametrize("text", ["a\uf8ff\0b", "\uf8ff0", "\uf8ffF", "\0\0\uf8ff\uf8ff0F"])
def test_what_stands_for_nul_in_postgresql_is_kept_apart(store, publish_run, text):
    publish_run({"财经": [text, "\0", "\uf8ff"]})
    assert store.patterns()["fragment"].tolist() == [text, "\0", "\uf8ff"]


@given(strategies.text(strategies.sampled_from("\uf8ff\0F0a")))
def test_every_text_comes_back_from_its_escape(text):
    assert postgresql.unescape_text(postgresql.escape_text(text)) == text
    assert "\0" not in postgresql.escape_text(text)


@hostile
@pytest.mark.parametrize("question", ["patterns", "examples"])
def test_a_label_that_is_not_there_is_named_as_it_is(store, publish_run, question, text):
    publish_run({"财经": ["基金"]})
    with pytest.raises(StoreError, match="has no label") as raised:
        store.rows(question, label=text)
    assert repr(text) in str(raised.value)
