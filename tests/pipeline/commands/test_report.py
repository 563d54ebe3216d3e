from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.sql import PatternStore
from tests.pipeline.commands.conftest import MODEL
from tests.pipeline.faithfulness.test_view import REPORT

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "</style><script>alert(1)</script>\"'|<b>\u202e\x1b[31m[a](javascript:b)"


def test_a_page_is_written_whole(two_runs: Any, camlode: Any, tmp_path: Path) -> None:
    done = camlode("report", two_runs.path, "-o", tmp_path / "report.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"wrote {tmp_path}/report.html\n")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>\n")
    assert "<title>Report of run 2: cnn 2 on questions</title>" in page
    assert "Since run 1</h2>" in page
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".report")] == []


def test_without_a_file_it_is_printed(two_runs: Any, camlode: Any, tmp_path: Path) -> None:
    done = camlode("report", two_runs.path)
    camlode("report", two_runs.path, "-o", tmp_path / "report.html")
    assert done.stdout == (tmp_path / "report.html").read_text(encoding="utf-8")
    assert done.stderr == ""


@pytest.mark.parametrize("arguments", [["--format", "md"], ["--output", "report.md"], ["-o", "report.markdown"]])
def test_markdown_for_a_pull_request(
    two_runs: Any, camlode: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = camlode("report", two_runs.path, *arguments)
    written = done.stdout if "--format" in arguments else (tmp_path / arguments[1]).read_text(encoding="utf-8")
    assert written.startswith("# Report of run 2: cnn 2 on questions\n\ndocuments read 60, ")


def test_a_run_without_the_match_pass_and_without_a_run_before(two_runs: Any, camlode: Any) -> None:
    page = camlode("report", two_runs.path, "--run", "1").stdout
    assert "The run has no match pass, so it is not known how precise its patterns are." in page
    assert "<p>It is the first run of the store.</p>" in page
    assert "Gold precision" not in page
    words = camlode("report", two_runs.path, "--run", "1", "--format", "md").stdout
    assert "> The run has no match pass" in words
    assert "## Since" not in words


def test_a_run_to_compare_with(two_runs: Any, camlode: Any) -> None:
    assert "Since run 2</h2>" in camlode("report", two_runs.path, "--run", "1", "--before", "2").stdout


def test_top_and_examples_limit_the_page(two_runs: Any, camlode: Any) -> None:
    page = camlode("report", two_runs.path, "--top", "1", "--examples", "0").stdout
    patterns = page.partition('<h2 id="patterns">')[2].partition('<h2 id="shared">')[0]
    assert patterns.count('<td class="number rank">') == 2
    assert 'class="seen' not in page


def test_reviews_are_shown(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("电脑", "数码", "spurious")
    assert '<bdi>电脑</bdi> <span class="badge spurious">! spurious</span>' in camlode("report", two_runs.path).stdout


@pytest.mark.parametrize("form", ["html", "md"])
def test_nothing_of_a_corpus_is_obeyed_or_asked_for_elsewhere(mined: Any, camlode: Any, form: str) -> None:
    places = [
        {"label": label, "fragment": HOSTILE, "left": HOSTILE, "hit": HOSTILE, "right": HOSTILE, "kind": kind}
        for label in ("数码", "食物")
        for kind in ("supporting", "counter")
    ]
    few = {HOSTILE: dict.fromkeys(("matched_documents", "matched_occurrences", "labelled_documents"), 25)}
    mined.publish({"数码": [HOSTILE], "食物": [HOSTILE, "x"]}, few, matched=True, examples=places)
    page = camlode("report", mined.path, "--format", form, "--examples", "3").stdout
    assert not {*"\x1b\u202e"} & {*page}
    assert "alert(1)" in page
    if form == "html":
        assert not re.search(r"http|url\(|<script|@import|src=| on\w+=|<link|<img", page)
        assert page.count("</style>") == 1
        assert len(page.encode()) < 100_000
    else:
        assert "<script" not in page.replace("\\<", "")


def test_a_page_for_many_labels_stays_small(mined: Any, camlode: Any) -> None:
    labels = tuple(f"label {number}" for number in range(60))
    model = replace(MODEL, labels=labels, thresholds=(0.0,) * 60)
    fragments = {
        label: [f"word {(number * 7 + rank) % 90}" for rank in range(30)] for number, label in enumerate(labels)
    }
    mined.publish(fragments, matched=True, model=model)
    page = camlode("report", mined.path).stdout
    assert "20 labels that share less are left out." in page
    # 300 / 60 patterns of each.
    assert "the first 5 of 30 patterns" in page
    assert len(page.encode()) < 600_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run", "9"], "there is no published run 9: the runs are 1 (complete), 2 (complete)"),
        (["--before", "9"], "there is no published run 9: the runs are 1 (complete), 2 (complete)"),
        (["--before", "2"], "run 2 can't be compared with itself: name another published run"),
        (
            ["--format", "pdf"],
            "report: invalid value for '--format': 'pdf' is not one of 'html', 'md'; see camlode report --help",
        ),
        (
            ["-o", "report.pdf"],
            "cannot tell the format of report.pdf: expected one of .htm, .html, .markdown, .md; "
            "or name it with --format",
        ),
        (["-o", "."], ". is a folder: name a file"),
    ],
)
def test_mistakes(two_runs: Any, run_refused: Any, arguments: list[str], message: str) -> None:
    assert run_refused("report", two_runs.path, *arguments).removeprefix(f"{two_runs.path}: ") == message


def test_no_store_and_an_empty_one(run_refused: Any, tmp_path: Path) -> None:
    assert "there is no pattern store at" in run_refused("report", tmp_path / "gone.db")
    PatternStore(tmp_path / "empty.db", create=True)
    assert "run" in run_refused("report", tmp_path / "empty.db")


def test_faithfulness_where_it_was_measured(two_runs: Any, camlode: Any, run_refused: Any, tmp_path: Path) -> None:
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps(REPORT.to_dict()), encoding="utf-8")
    assert "Faithfulness</h2>" in camlode("report", two_runs.path, "--faithfulness", measured).stdout
    words = camlode("report", two_runs.path, "--faithfulness", measured, "--format", "md").stdout
    assert "## Faithfulness\n\n| method |" in words
    assert "- recommendation: take cam" in words
    assert "Faithfulness" not in camlode("report", two_runs.path).stdout
    measured.write_text("{}", encoding="utf-8")
    assert "is not a comparison of methods" in run_refused("report", two_runs.path, "--faithfulness", measured)
