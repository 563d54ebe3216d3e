"""The command as a user runs it, on the toy."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture
def job(write_job: Any) -> Any:
    """Documents with one character that tells the label, and the span that covers it."""
    texts = {"我买了吃的": [[3, 4]], "和快不好": [[1, 2]], "的我电了": [[2, 3]], "水和不的我": [[0, 1]]}
    return write_job({"text": text, "id": str(row), "why": why} for row, (text, why) in enumerate(texts.items()))


def test_the_toy_is_explained_by_the_one_character_that_counts(camlode: Any, job: Any) -> None:
    answer = camlode(
        "faithfulness", job, "--methods", "grad-cam", "--spans", "why", "--format", "json", "--set", "corpus.label=null"
    )
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    first = report["results"][0]
    # Without the character the probability falls from sigmoid(2) to sigmoid(-2); alone it keeps all of it.
    assert first["name"] == "grad-cam"
    assert first["comprehensiveness"]["mean"] == pytest.approx(0.8808 - 0.1192, abs=1e-4)
    assert first["sufficiency"]["mean"] == pytest.approx(0.0, abs=1e-6)
    assert (first["auprc"]["mean"], first["token_f1"]["mean"]) == (1.0, 1.0)
    assert (report["documents"], report["pairs"], report["marked_pairs"]) == (4, 4, 4)
    assert report["recommendation"] == "only grad-cam was compared: there is nothing to choose from"


def test_markdown_names_the_removal(camlode: Any, job: Any) -> None:
    options = ["--methods", "grad-cam", "--removal", "padding", "--format", "markdown"]
    answer = camlode("faithfulness", job, *options)
    assert answer.stdout.startswith("| method | comprehensiveness ↑ |")
    assert "a removed token is replaced by padding;" in answer.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--methods", "grad-kam"], "--methods: there is no method 'grad-kam'; did you mean 'grad-cam'?"),
        (["--spans", "who"], "none of the 4 sampled documents has a span in column 'who' (--spans)"),
        (["--spans", "text"], "corpus.jsonl:1: column 'text' (--spans) must contain a list of [start, end) characters"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(camlode: Any, job: Any, options: list[str], said: str) -> None:
    answer = camlode("faithfulness", job, *options)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert answer.stderr.count("\n") == 1
