from __future__ import annotations

import json
from typing import Any

import pytest

LAST = ("fragment", "label", "status", "note", "author")


def reviews(mined: Any) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in LAST) for row in mined.store.rows("reviews")]


def test_a_review_is_noted_and_shown_by_later_runs(two_runs: Any, camlode: Any) -> None:
    asked = ["review", two_runs.path, "图", "--label", "数码", "--status", "spurious", "--note", "captions"]
    done = camlode(*asked, "--author", "anna")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "图 (数码): spurious by anna\n")
    assert reviews(two_runs) == [("图", "数码", "spurious", "captions", "anna")]
    two_runs.publish({"数码": ["图"]})
    (row,) = json.loads(camlode("query", two_runs.path, "--format", "json").stdout)
    assert (row["run"], row["review"]) == (3, "spurious")


def test_the_author_is_the_user_unless_another_is_named(
    two_runs: Any, camlode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "berta")
    asked = ["review", two_runs.path, "图", "--label", "数码", "--status", "accepted"]
    assert camlode(*asked).stderr == "图 (数码): accepted by berta\n"
    assert camlode(*asked, "--author", "").stderr == "图 (数码): accepted\n"
    assert [row[-1] for row in reviews(two_runs)] == ["berta", ""]


def test_undo_takes_the_last_one_back(two_runs: Any, camlode: Any) -> None:
    for status in ("accepted", "rejected"):
        two_runs.store.review("图", "数码", status, author="anna")
    asked = ["review", two_runs.path, "图", "--label", "数码", "--undo"]
    assert camlode(*asked).stderr == "图 (数码): accepted by anna\n"
    assert camlode(*asked).stderr == "图 (数码): no review is left\n"
    assert reviews(two_runs) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ([], ["图 数码 spurious [b] anna", r"电脑 食物 accepted \x1b[31m"]),
        (["--label", "食物"], [r"电脑 食物 accepted \x1b[31m"]),
        (["--fragment", "图"], ["图 数码 spurious [b] anna"]),
    ],
)
def test_reviews_are_listed(two_runs: Any, camlode: Any, options: list[str], found: list[str]) -> None:
    two_runs.store.review("图", "数码", "spurious", note="[b]", author="anna")
    two_runs.store.review("电脑", "食物", "accepted", note="\x1b[31m")
    head, *rows = camlode("reviews", two_runs.path, *options).stdout.splitlines()
    assert head.split() == ["fragment", "label", "status", "note", "author", "time"]
    assert [" ".join(row.split()[:-2]) for row in rows] == found


def test_reviews_as_json_lines(two_runs: Any, camlode: Any) -> None:
    two_runs.store.review("图", "数码", "spurious", note="\x1b[31m")
    row = json.loads(camlode("reviews", two_runs.path, "--format", "jsonl").stdout)
    assert (row["review"], row["fragment"], row["note"]) == (1, "图", "\x1b[31m")
    assert row["time"].endswith("+00:00")


def test_no_review_is_said_on_standard_error(two_runs: Any, camlode: Any) -> None:
    done = camlode("reviews", two_runs.path, "--label", "' OR 1=1 --")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no review matches\n")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["图", "--label", "数码"], "expected either --status accepted, rejected, spurious, or --undo, got neither"),
        (
            ["图", "--label", "数码", "--undo", "--status", "accepted"],
            "expected either --status accepted, rejected, spurious, or --undo, got both",
        ),
        (["图", "--label", "数码", "--status", "spurius"], "there is no status 'spurius': did you mean 'spurious'?"),
        (["图", "--label", "数字", "--status", "accepted"], "no run has a label '数字': did you mean '数码'?"),
        (
            ["水果", "--label", "数码", "--status", "accepted"],
            "'水果' is no pattern of the label '数码' in any run: camlode query --contains finds those that "
            "hold a text",
        ),
        (["图", "--label", "数码", "--undo"], "'图' has no review for the label '数码': camlode reviews lists them"),
        (["图", "--label", "数码", "--status", "accepted", "--note", "\udc80"], "note is not valid text: '\\udc80'"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(
    two_runs: Any, run_refused: Any, arguments: list[str], line: str
) -> None:
    assert run_refused("review", two_runs.path, *arguments) == line
    assert reviews(two_runs) == []


@pytest.mark.parametrize("fragment", ["[red]\x1b[31m\n", "'; DROP TABLE reviews; --", "100%_", "nul\0", "-dash"])
def test_whatever_a_fragment_holds_can_be_reviewed(mined: Any, camlode: Any, fragment: str) -> None:
    mined.publish({"数码": [fragment]})
    asked = ["review", mined.path, "--label", "数码", "--status", "accepted", "--note", fragment, "--", fragment]
    done = camlode(*asked)
    assert done.returncode == 0
    assert not {"\x1b", "\0"} & set(done.stderr)
    assert [row[:4] for row in reviews(mined)] == [(fragment, "数码", "accepted", fragment)]
