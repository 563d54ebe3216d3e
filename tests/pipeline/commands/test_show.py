from __future__ import annotations

import json
from typing import Any

import pytest


def test_show_has_places_reviews_and_examples(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("电脑", "数码", "accepted", note="a [word]", author="anna")
    done = camlode("show", two_runs.path, "电脑")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    review = lines.pop(9)
    assert review.startswith("数码 accepted a [word] anna 20")
    assert lines == [
        "电脑",
        "",
        "run current model model version corpus label rank importance mean share documents occurrences "
        "matched documents precision gold precision review",
        "1 cnn 1 questions 数码 1 12 3 0.5 4 5 accepted",
        "2 yes cnn 2 questions 数码 1 12 3 0.5 4 5 8 0.75 0.625 accepted",
        "2 yes cnn 2 questions 食物 1 12 3 0.5 4 5 8 0.75 0.625",
        "",
        "reviews (the last one of a label counts):",
        "label status note author time",
        "",
        "examples of run 2:",
        "label kind importance document place text",
        "数码 supporting 1.5 a q.jsonl:1 买了«电脑»很快",
        "数码 counter b q.jsonl:1 买了«电脑»很快",
        "食物 supporting 1.5 c q.jsonl:1 吃[b]«电脑»很快",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_show_of_one_label(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("电脑", "数码", "accepted")
    shown = json.loads(camlode("show", two_runs.path, "电脑", "--label", "食物", "--format", "json").stdout)
    assert list(shown) == ["fragment", "places", "reviews", "examples"]
    assert [(place["run"], place["label"], place["model_version"]) for place in shown["places"]] == [(2, "食物", "2")]
    assert shown["reviews"] == []
    assert [(each["document"], each["left"]) for each in shown["examples"]] == [("c", "吃[b]")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["耳机"],
            "it is not a pattern of the current run, so there are no examples; choose another run with --run: 1\n",
        ),
        (
            ["耳机", "--run", "2"],
            "it is not a pattern of run 2, so there are no examples; choose another run with --run: 1\n",
        ),
        (["耳机", "--run", "1"], "run 1 has no example of it\n"),
        (["图"], "the current run has no example of it\n"),
    ],
)
def test_show_says_why_there_is_no_example(two_runs: Any, camlode: Any, arguments: list[str], words: str) -> None:
    done = camlode("show", two_runs.path, *arguments)
    assert (done.returncode, done.stderr) == (0, words)
    assert "examples" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["\x1b[31m"], "{store}: '\\x1b[31m' is a pattern of no run: camlode query --contains fin"),
        (["\udc80"], "fragment is not valid text: '\\udc80'"),
        (["耳机", "--label", "食物"], "'耳机' is not a pattern of the label '食物': expected one of: 数码"),
        (["电脑", "--run", "9"], "{store}: there is no published run 9: "),
    ],
)
def test_a_mistake_is_one_line(two_runs: Any, run_refused: Any, arguments: list[str], words: str) -> None:
    assert run_refused("show", two_runs.path, *arguments).startswith(words.format(store=two_runs.path))
