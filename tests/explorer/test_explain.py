"""Typed texts, explained by a model that is loaded once, and what a page shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import Job
from camlode.config.errors import CamlodeError
from camlode.pipeline.explanations.explanation import Explanation
from camlode.pipeline.explanations.tokens import LabelExplanation, TokenImportance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi.testclient import TestClient

JOB = Job.model_validate(
    {
        "corpus": {"paths": "corpus.txt"},
        "model": {"path": "model.keras", "labels": ["食物", "数码"]},
        "tokenizer": {"vocabulary": "vocabulary.txt"},
    }
)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs whose model was loaded: one says that each 水 speaks for the label with 2 logits."""
    jobs: list[Job] = []

    class Explainer:
        def __init__(self, job: Job) -> None:
            jobs.append(job)

        def explain(self, texts: Sequence[str], *, labels: Sequence[str]) -> list[Explanation]:
            (text,) = texts
            if not text.strip():
                raise CamlodeError("the text to explain is empty or blank")
            tokens = tuple(TokenImportance(c, i, i + 1, 2.0 if c == "水" else -0.5) for i, c in enumerate(text))
            explained = LabelExplanation((*labels, "食物")[0], 0.881, tokens, tokens[:1])
            return [Explanation(text, (explained,))]

    monkeypatch.setattr("camlode.pipeline.explanations.explain.TextExplainer", Explainer)
    return jobs


@pytest.fixture
def explain_client(make_client: Callable[..., TestClient], loaded: list[Job]) -> TestClient:
    """A client of an explorer that has a job, and is not signed in."""
    return make_client(signed_in=False, job=JOB)


def test_the_model_is_loaded_once_by_the_first_text(explain_client: TestClient, loaded: list[Job]) -> None:
    assert "Explain a text" in explain_client.get("/explain").text
    assert loaded == []
    for _ in range(2):
        explain_client.post("/explain", data={"text": "水"})
    assert loaded == [JOB]


def test_a_text_is_colored_by_the_importance_of_its_tokens(explain_client: TestClient) -> None:
    text = explain_client.post("/explain", data={"text": "<水"}).text
    assert "<bdi>食物</bdi> <small>88.1%</small>" in text
    shown = '<mark class="against-2" title="-0.5 logits">&lt;</mark><mark class="for-8" title="+2 logits">水</mark>'
    assert shown in text
    assert (
        '<textarea id="text" name="text" rows="4" maxlength="20000" required dir="auto" data-search>\n&lt;水<' in text
    )


def test_a_label_can_be_named(explain_client: TestClient) -> None:
    answer = explain_client.post("/api/explain", json={"text": "水果", "label": "数码"})
    assert [label["label"] for label in answer.json()["labels"]] == ["数码"]


@pytest.mark.parametrize(("text", "problem"), [("  ", "is empty or blank"), ("x" * 20_001, "20,001 characters")])
def test_a_text_that_cannot_be_explained_is_refused(explain_client: TestClient, text: str, problem: str) -> None:
    answer = explain_client.post("/explain", data={"text": text})
    assert answer.status_code == 400
    assert problem in answer.text


def test_another_page_cannot_use_the_model(explain_client: TestClient, loaded: list[Job]) -> None:
    headers: dict[str, Any] = {"Origin": "http://evil.example"}
    assert explain_client.post("/explain", data={"text": "水果"}, headers=headers).status_code == 403
    assert loaded == []


def test_without_a_job_the_page_says_how_to_give_one(reader: TestClient) -> None:
    assert "--job JOB.yaml" in reader.get("/explain").text
    assert reader.post("/explain", data={"text": "x"}).status_code == 400
    assert 'href="/explain"' not in reader.get("/").text
