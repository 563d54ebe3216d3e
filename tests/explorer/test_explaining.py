"""Typed texts, explained by the toy model, and what is drawn of them."""

from __future__ import annotations

import pytest

from config import load_job


@pytest.fixture
def explaining(client_of, write_job):
    """A client of an explorer that has the toy's job, and isn't signed in."""
    return client_of(signed_in=False, job=load_job(write_job([{"id": "1", "text": "我买了"}])))


def test_a_text_is_coloured_by_what_its_tokens_say(explaining):
    assert "Explain a text" in explaining.get("/explain").text
    text = explaining.post("/explain", data={"text": "我买了<水果"}).text
    assert "食物" in text
    assert "88.1%" in text  # sigmoid(4 - 2)
    assert 'class="for-8"' in text
    assert "&lt;" in text.split('class="heat"')[1]


def test_a_label_can_be_named(explaining):
    answer = explaining.post("/api/explain", json={"text": "水果", "label": "数码"})
    assert [label["label"] for label in answer.json()["labels"]] == ["数码"]


@pytest.mark.parametrize(("text", "problem"), [("  ", "is empty or blank"), ("x" * 20_001, "20,001 characters")])
def test_a_text_that_can_not_be_explained_is_said_so(explaining, text, problem):
    answer = explaining.post("/explain", data={"text": text})
    assert answer.status_code == 400
    assert problem in answer.text


def test_another_page_can_not_let_the_model_work(explaining):
    answer = explaining.post("/explain", data={"text": "水果"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_without_a_job_the_page_says_how_to_give_one(reader):
    assert "--job JOB.yaml" in reader.get("/explain").text
    assert reader.post("/explain", data={"text": "x"}).status_code == 400
    assert 'href="/explain"' not in reader.get("/").text
