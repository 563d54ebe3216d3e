from __future__ import annotations

import csv
import io
import json
import sys
from typing import Any

import pytest

from camlode.pipeline.cli import main
from camlode.pipeline.display.tables import format_cell
from camlode.sql import CorpusEntry, ModelEntry

HOSTILE = "[red]\x1b[31m\u202e|<b>\n\x00"
SHOWN = r"[red]\x1b[31m\u202e|<b>\n\x00"


@pytest.fixture
def suspicious(mined: Any) -> Any:
    """Run 1: 图 has half of 数码's importance, and 5 of its 25 labelled documents are 数码."""
    few = {"matched_documents": 25, "matched_occurrences": 25, "labelled_documents": 25, "gold_documents": 5}
    place = {"label": "数码", "fragment": "图"}
    examples = [place, {**place, "kind": "counter", "document": "b", "left": "吃[b]", "importance": None}]
    mined.publish({"数码": ["图", "电脑"], "食物": ["水果"]}, {"图": few}, matched=True, examples=examples)
    return mined


def test_a_person_reads_what_is_listed_why_and_where(suspicious: Any, camlode: Any) -> None:
    suspicious.store.review("图", "数码", "spurious")
    done = camlode("audit", suspicious.path, "--check", "low_precision,not_a_word")
    assert done.stdout.splitlines() == [
        "Audit of run 1, cnn on questions",
        "",
        "数码",
        "     1  图  (spurious by a reviewer)",
        "        low_precision: “图” carries 50 % of 数码's importance, but of the 25 labelled documents with it only "
        "5 (20 %) are 数码",
        "        not_a_word: “图” carries 50 % of 数码's importance and is a single character, which is part of many "
        "words",
        "        + 买了«图»很快",
        "        - 吃[b]«图»很快",
        "",
        "low_precision: 1 of the 1 patterns judged",
        "not_a_word: 1 of the 3 patterns judged",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_as_json(suspicious: Any, camlode: Any) -> None:
    found = json.loads(camlode("audit", suspicious.path, "1", "--format", "json", "--max-share", "0.4").stdout)
    assert (found["run"], found["against"], found["limits"]["max_share"]) == (1, None, 0.4)
    assert [(each["fragment"], each["check"]) for each in found["findings"]] == [
        ("图", "low_precision"),
        ("图", "concentrated"),
        ("图", "not_a_word"),
        ("水果", "concentrated"),
    ]
    assert found["findings"][0]["counter_examples"][0]["left"] == "吃[b]"
    assert list(found["not_made"]) == ["falling_precision"]


def test_as_csv(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["图"], "食物": ["图"]})
    done = camlode("audit", mined.path, "--format", "csv", "--check", "contradicting", "--check", "low_precision")
    first, second = csv.DictReader(io.StringIO(done.stdout))
    assert (first["label"], first["rank"], first["share"], first["check"]) == ("数码", "1", "0.5", "contradicting")
    assert (first["other_labels"], first["other_documents"], first["precision"]) == ('["食物"]', "[4]", "")
    assert second["label"] == "食物"
    assert done.stderr.splitlines() == [
        "low_precision: skipped: run 1 was mined with patterns.match off, so it is not known where its patterns occur",
        "contradicting: 2 of the 2 patterns judged",
    ]


def test_as_markdown(suspicious: Any, camlode: Any) -> None:
    done = camlode("audit", suspicious.path, "--format", "markdown", "--check", "low_precision")
    assert done.stdout.splitlines() == [
        "# Audit of run 1, cnn on questions",
        "",
        r"- low\_precision: 1 of the 1 patterns judged",
        "",
        "## 数码",
        "",
        "| rank | fragment | share | check | review | why | example | counter example |",
        "| ---: | --- | ---: | --- | --- | --- | --- | --- |",
        r"| 1 | 图 | 0.5 | low\_precision |  | “图” carries 50 % of 数码's importance, but of the 25 labelled "
        r"documents with it only 5 (20 %) are 数码 | 买了«图»很快 | 吃\[b\]«图»很快 |",
    ]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ([], 0, ""),
        (
            ["--fail-on", "any"],
            1,
            "failed: 5 findings that no reviewer has accepted (low_precision, concentrated, not_a_word)",
        ),
        (["--fail-on", "low_precision"], 1, "failed: 1 finding that no reviewer has accepted (low_precision)"),
        (["--fail-on", "contradicting"], 0, ""),
        (
            ["--fail-on", "contradicting, not_a_word"],
            1,
            "failed: 1 finding that no reviewer has accepted (not_a_word)",
        ),
        (["--fail-on", "contradicting", "--fail-on", "any", "--label", "食物", "--max-share", "0.5"], 0, ""),
        (["--check", "contradicting", "--fail-on", "any"], 0, ""),
    ],
)
def test_the_exit_code_says_whether_a_check_that_matters_lists_something(
    suspicious: Any, camlode: Any, options: list[str], code: int, words: str
) -> None:
    done = camlode("audit", suspicious.path, *options)
    assert (done.returncode, done.stderr.strip()) == (code, words)


@pytest.mark.parametrize(("status", "code"), [("accepted", 0), ("rejected", 1), ("spurious", 1)])
def test_only_what_is_accepted_does_not_fail(suspicious: Any, camlode: Any, status: Any, code: int) -> None:
    suspicious.store.review("图", "数码", status)
    assert camlode("audit", suspicious.path, "--fail-on", "low_precision,not_a_word").returncode == code


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--check", "low_precison"], "there is no check 'low_precison': did you mean 'low_precision'?"),
        (["--fail-on", "an"], "--fail-on: there is no check 'an': did you mean 'any'?"),
        (
            ["--check", "concentrated", "--fail-on", "not_a_word"],
            "--fail-on not_a_word: --check leaves this check out; name it there too",
        ),
        (["--max-share", "7"], "max_share must be between 0 and 1, not 7.0"),
        (["--top", "0"], "top must be at least 1, not 0"),
        (["--against", "1"], "run 1 can't be compared with run 1: it is of the same corpus, questions"),
        (["--label", "数"], "run 1 has no label '数': did you mean '数码'?"),
    ],
)
def test_a_mistake_is_one_line(suspicious: Any, run_refused: Any, options: list[str], words: str) -> None:
    assert run_refused("audit", suspicious.path, *options) == words


def test_to_fail_on_a_check_that_cannot_be_made_is_a_mistake(suspicious: Any, camlode: Any) -> None:
    done = camlode("audit", suspicious.path, "--fail-on", "falling_precision")
    assert done.returncode == 2
    assert done.stderr == (
        "camlode: --fail-on falling_precision: the check could not be made: the store has no published run of the same "
        "model on another corpus\n"
    )


@pytest.mark.parametrize("form", ["table", "markdown", "json", "csv"])
def test_hostile_texts_stay_texts(
    mined: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    model = ModelEntry(HOSTILE, "1", "d1", "multiclass", (HOSTILE,), (0.0,), ("conv",))
    examples = [{"label": HOSTILE, "fragment": HOSTILE, "left": HOSTILE}]
    mined.publish({HOSTILE: [HOSTILE]}, examples=examples, model=model, corpus=CorpusEntry(HOSTILE, "c1", 1, 9))
    monkeypatch.setattr(sys, "argv", ["camlode", "audit", mined.path, "--format", form])
    if form == "csv":  # in a file it is as it is
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with pytest.raises(SystemExit):
        main()
    printed = capsys.readouterr().out
    assert [char for char in "\x1b\u202e\x00" if char in printed] == []
    assert format_cell(HOSTILE) == SHOWN
    if form == "json":
        assert json.loads(printed)["findings"][0]["fragment"] == HOSTILE
    elif form == "markdown":
        assert r"\[red\]\\x1b\[31m\\u202e\|\<b\>\\n\\x00" in printed
    else:
        assert SHOWN in printed


def test_a_long_fragment_is_shortened_in_the_sentence(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["很" * 10_000]})
    (found,) = json.loads(camlode("audit", mined.path, "--format", "json").stdout)["findings"]
    assert found["why"].startswith(f"“{'很' * 50}…” alone carries 50 % of 数码's importance, ")
    assert len(found["fragment"]) == 10_000
