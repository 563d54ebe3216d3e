from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from sqlite3 import connect
from typing import TYPE_CHECKING, Any

import pytest

from camlode.sql.query.patterns import MEASURES, ORDERS, STATUSES

if TYPE_CHECKING:
    from pathlib import Path

HEAD = ["label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences"]
MATCHED = ["8", "0.75", "0.625"]

HOSTILE = [
    "[red]电脑[/red]",
    "\x1b[31m电脑",
    'it\'s "quoted"',
    "100%",
    "a_b",
    "'; DROP TABLE patterns; --",
    "👩‍💻🇨🇳",
    "nul\0end",
    "right\u202eleft",
    "line\nbreak,tab\t",
    "长" * 10_000,
]


def fragments(done: Any) -> list[str]:
    return [row["fragment"] for row in json.loads(done.stdout)]


def test_query_prints_a_table_of_what_there_is(two_runs: Any, camlode: Any, parse_table: Any) -> None:
    assert parse_table(camlode("query", two_runs.path, "--run", 1).stdout) == [
        HEAD,
        ["数码", "1", "电脑", "12", "3", "0.5", "4", "5"],
        ["数码", "2", "耳机", "6", "1.5", "0.25", "4", "5"],
        ["食物", "1", "水果", "12", "3", "0.5", "4", "5"],
    ]


def test_query_shows_where_it_was_matched_and_what_was_said(two_runs: Any, camlode: Any, parse_table: Any) -> None:
    two_runs.store.review("图", "数码", "spurious")
    assert parse_table(camlode("query", two_runs.path).stdout) == [
        [*HEAD, "matched", "documents", "precision", "gold", "precision", "review"],
        ["数码", "1", "电脑", "12", "3", "0.5", "4", "5", *MATCHED],
        ["数码", "2", "图", "6", "1.5", "0.25", "4", "5", *MATCHED, "spurious"],
        ["食物", "1", "电脑", "12", "3", "0.5", "4", "5", *MATCHED],
        ["食物", "2", "水果", "6", "1.5", "0.25", "4", "5", *MATCHED],
    ]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_other_formats_have_all_columns(two_runs: Any, camlode: Any, form: str) -> None:
    done = camlode("query", two_runs.path, "--label", "食物", "--format", form)
    read = {
        "json": json.loads,
        "jsonl": lambda text: [json.loads(line) for line in text.splitlines()],
        "csv": lambda text: list(csv.DictReader(io.StringIO(text))),
    }
    first, second = read[form](done.stdout)
    assert list(first) == ["run", "label", "rank", "fragment", *MEASURES, "review"]
    wanted = ["2", "食物", "2", "水果", "6.0", "0.4", "True"]
    names = ("run", "label", "rank", "fragment", "importance", "precision_lower", "maximal")
    assert [str(second[name]) for name in names] == wanted
    assert (done.returncode, done.stderr) == (0, "")


OPTIONS = [
    (["--label", "数码"], ["d1", "d2", "d3"]),
    (["--top", "1"], ["d1", "f1"]),
    (["--top", "0"], ["d1", "d2", "d3", "f1"]),
    (["--contains", "d"], ["d1", "d2", "d3"]),
    (["--order", "mean"], ["d2", "d1", "d3", "f1"]),
    (["--order", "precision"], ["d3", "d1", "d2", "f1"]),
    (["--min-documents", "5"], ["d2"]),
    (["--min-precision", "0.9"], ["d3"]),
    (["--status", "rejected"], ["d1"]),
    (["--status", "usable"], ["d2", "d3", "f1"]),
    (["--maximal"], ["d1", "d3", "f1"]),
    (["--contains", "d", "--top", "1", "--status", "usable"], ["d2"]),
]


def test_options_choose_and_order(mined: Any, camlode: Any) -> None:
    changes = {"d2": {"mean": 9.0, "documents": 5, "maximal": False}, "d3": {"precision": 0.95}}
    mined.publish({"数码": ["d1", "d2", "d3"], "食物": ["f1"]}, changes, matched=True)
    mined.store.review("d1", "数码", "rejected")
    for options, found in OPTIONS:
        assert fragments(camlode("query", mined.path, "--format", "json", *options)) == found, options


def test_top_is_twenty_unless_it_is_given(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": [f"{number:02}" for number in range(25)]})
    assert len(fragments(camlode("query", mined.path, "--format", "json"))) == 20
    assert len(fragments(camlode("query", mined.path, "--format", "json", "--top", 0))) == 25


def test_help_names_all_orders_and_statuses(camlode: Any) -> None:
    words = camlode("query", "--help").stdout
    assert f"--order {'|'.join(ORDERS)}\n" in words
    assert f"--status {'|'.join(STATUSES)}\n" in words or f"--status {'|'.join(STATUSES)} " in words


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_no_pattern_is_no_mistake(two_runs: Any, camlode: Any, form: str) -> None:
    done = camlode("query", two_runs.path, "--contains", "鼎", "--format", form)
    head = ",".join(["run", "label", "rank", "fragment", *MEASURES, "review"])
    assert done.stdout == {"table": "", "json": "[]\n", "jsonl": "", "csv": f"{head}\n"}[form]
    assert done.stderr == ("no pattern matches\n" if form == "table" else "")
    assert done.returncode == 0


@pytest.fixture
def hostile(mined: Any) -> Any:
    """A store whose patterns and examples are HOSTILE."""
    parts = ("fragment", "left", "right", "document")
    mined.publish({"数码": HOSTILE}, examples=[{"label": "数码", **dict.fromkeys(parts, each)} for each in HOSTILE])
    return mined


def test_any_fragment_is_found_and_returned_unchanged(hostile: Any, camlode: Any) -> None:
    for fragment in HOSTILE:
        for form in ("json", "csv"):
            done = camlode("query", hostile.path, "--contains", fragment, "--format", form)
            rows = json.loads(done.stdout) if form == "json" else csv.DictReader(io.StringIO(done.stdout, newline=""))
            assert [row["fragment"] for row in rows] == [fragment]
        shown = json.loads(camlode("show", hostile.path, "--format", "json", "--", fragment).stdout)
        assert [place["fragment"] for place in shown["places"]] == [fragment]


def test_no_fragment_steers_a_terminal(hostile: Any, camlode: Any) -> None:
    for arguments in (["query", hostile.path], *(["show", hostile.path, "--", each] for each in HOSTILE)):
        done = camlode(*arguments)
        assert done.returncode == 0
        assert not {"\x1b", "\0", "\t", "\u202e"} & set(done.stdout)


def test_a_hostile_fragment_is_shown_by_its_escapes(mined: Any, camlode: Any, parse_table: Any) -> None:
    mined.publish({"数码": ["\x1b[31m[red]\n\u202e"]})
    _, row = parse_table(camlode("query", mined.path).stdout)
    assert row[2] == r"\x1b[31m[red]\n\u202e"


def test_labels_are_listed_in_the_models_order(two_runs: Any, camlode: Any, parse_table: Any) -> None:
    assert parse_table(camlode("labels", two_runs.path).stdout) == [
        ["label", "documents", "gold", "documents", "agreed", "documents", "importance", "patterns"],
        ["数码", "40", "30", "27", "24", "2"],
        ["食物", "40", "30", "27", "24", "2"],
    ]
    assert parse_table(camlode("labels", two_runs.path, "--run", 1).stdout) == [
        ["label", "documents", "importance", "patterns"],
        ["数码", "40", "24", "2"],
        ["食物", "40", "24", "1"],
    ]


def test_labels_as_csv_have_all_columns(two_runs: Any, camlode: Any) -> None:
    done = camlode("labels", two_runs.path, "--run", 1, "--format", "csv")
    assert done.stdout == (
        "run,label,documents,gold_documents,agreed_documents,importance,patterns\n1,数码,40,,,24.0,2\n1,食物,40,,,24.0,1\n"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["query", "{store}", "--order", "precison"], "there is no order 'precison': did you mean 'precision'?"),
        (["query", "{store}", "--label", "食品"], "{store}: run 2 has no label '食品': did you mean '食物'?"),
        (
            ["query", "{store}", "--label", "' OR 1=1 --"],
            '{store}: run 2 has no label "\' OR 1=1 --": expected one of: 数码, 食物',
        ),
        (
            ["query", "{store}", "--run", "9"],
            "{store}: there is no published run 9: the runs are 1 (complete), 2 (complete)",
        ),
        (
            ["query", "{store}", "--run", "1", "--order", "weighted"],
            "{store}: run 1 was mined with patterns.match off, so it is not known where its patterns occur and how "
            "precise they are: mine it with patterns.match: true",
        ),
        (
            ["show", "{store}", "耳机", "--label", "食物"],
            "'耳机' is not a pattern of the label '食物': expected one of: 数码",
        ),
        (["query", "{gone}"], "there is no pattern store at {gone}: camlode mine makes one"),
        (
            ["show", "{other}", "a"],
            "{other}: not a pattern store, but a database with the tables cats: nothing was changed",
        ),
        (["labels", "{text}"], "{text}: not a SQLite database, so not a pattern store"),
    ],
)
def test_a_mistake_is_one_line(
    two_runs: Any, run_refused: Any, tmp_path: Path, arguments: list[str], words: str
) -> None:
    places = {"store": two_runs.path} | {name: str(tmp_path / name) for name in ("gone", "other", "text")}
    with closing(connect(places["other"])) as connection:
        connection.execute("CREATE TABLE cats (name TEXT)")
    (tmp_path / "text").write_text("a text that is long enough not to look like an empty database" * 20)
    assert run_refused(*(each.format(**places) for each in arguments)).startswith(words.format(**places))
