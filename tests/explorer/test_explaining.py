"""Typed texts, explained by the toy model, and what is drawn of them."""

from __future__ import annotations

import pytest

from camlode.config import load_job


@pytest.fixture
def explain_client(make_client, write_job):
    """A client of an explorer that has the toy's job, and isn't signed in."""
    return make_client(signed_in=False, job=load_job(write_job([{"id": "1", "text": "我买了"}])))


def test_a_text_is_coloured_by_what_its_tokens_say(explain_client):
    assert "Explain a text" in explain_client.get("/explain").text
    text = explain_client.post("/explain", data={"text": "我买了<水果"}).text
    assert "食物" in text
    assert "88.1%" in text  # sigmoid(4 - 2)
    assert 'class="for-8"' in text
    assert "&lt;" in text.split('class="heat"')[1]


def test_a_label_can_be_named(explain_client):
    answer = explain_client.post("/api/explain", json={"text": "水果", "label": "数码"})
    assert [label["label"] for label in answer.json()["labels"]] == ["数码"]


@pytest.mark.parametrize(("text", "problem"), [("  ", "is empty or blank"), ("x" * 20_001, "20,001 characters")])
def test_a_text_that_can_not_be_explained_is_said_so(explain_client, text, problem):
    answer = explain_client.post("/explain", data={"text": text})
    assert answer.status_code == 400
    assert problem in answer.text


def test_another_page_can_not_let_the_model_work(explain_client):
    answer = explain_client.post("/explain", data={"text": "水果"}, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403


def test_without_a_job_the_page_says_how_to_give_one(reader):
    assert "--job JOB.yaml" in reader.get("/explain").text
    assert reader.post("/explain", data={"text": "x"}).status_code == 400
    assert 'href="/explain"' not in reader.get("/").text
