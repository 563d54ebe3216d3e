from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from camlode.sql import CorpusEntry, RunStart

CHANGES = [
    {"label": "数码", "change": "gained", "fragment": "图", "rank_before": None, "rank_after": 2},
    {"label": "数码", "change": "lost", "fragment": "耳机", "rank_before": 2, "rank_after": None},
    {"label": "食物", "change": "gained", "fragment": "电脑", "rank_before": None, "rank_after": 1},
    {"label": "食物", "change": "moved", "fragment": "水果", "rank_before": 1, "rank_after": 2},
]


def words(printed: str) -> list[str]:
    return [" ".join(line.split()) for line in printed.splitlines()]


def test_what_a_new_model_relies_on_that_the_old_one_did_not(two_runs: Any, camlode: Any) -> None:
    done = camlode("compare", two_runs.path, 1, 2)
    head, before, after, *lines = words(done.stdout)
    assert head == "side run model model version corpus method unit documents explained started"
    assert before.startswith("before 1 cnn 1 questions grad-cam word 60 20")
    assert after.startswith("after 2 cnn 2 questions grad-cam word 60 20")
    assert lines == [
        "",
        "label before after kept gained lost",
        "数码 2 2 1 1 1",
        "食物 1 2 1 1 0",
        "",
        "label change fragment rank before rank after importance before importance after share before share after "
        "share change",
        "数码 gained 图 2 6 0.25 0.25",
        "数码 lost 耳机 2 6 0.25 -0.25",
        "食物 gained 电脑 1 12 0.5 0.5",
        "食物 moved 水果 1 2 12 6 0.5 0.25 -0.25",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_as_json(two_runs: Any, camlode: Any) -> None:
    found = json.loads(camlode("compare", two_runs.path, 1, 2, "--format", "json").stdout)
    assert list(found) == ["before", "after", "counts", "changes"]
    assert {name: found["after"][name] for name in ("run", "model_version", "model_digest", "corpus", "method")} == {
        "run": 2,
        "model_version": "2",
        "model_digest": "d2",
        "corpus": "questions",
        "method": "grad-cam",
    }
    assert found["counts"][0] == {"label": "数码", "before": 2, "after": 2, "kept": 1, "gained": 1, "lost": 1}
    assert [{name: row[name] for name in CHANGES[0]} for row in found["changes"]] == CHANGES


def test_as_csv_of_one_label(two_runs: Any, camlode: Any) -> None:
    done = camlode("compare", two_runs.path, 2, 1, "--format", "csv", "--label", "数码")
    assert done.stdout == (
        "label,change,fragment,rank_before,rank_after,importance_before,importance_after,share_before,share_after,"
        "share_change\n数码,lost,图,2,,6.0,,0.25,,-0.25\n数码,gained,耳机,,2,,6.0,,0.25,0.25\n"
    )


def test_as_markdown_whatever_a_fragment_holds(mined: Any, camlode: Any) -> None:
    mined.publish({"数码": ["a"]})
    mined.publish({"数码": ["*|`<b>\x1b[31m"]})
    lines = camlode("compare", mined.path, 1, 2, "--format", "markdown").stdout.splitlines()
    assert lines[5:8] == [
        "| label | before | after | kept | gained | lost |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| 数码 | 1 | 1 | 0 | 1 | 1 |",
    ]
    assert lines[-2] == r"| 数码 | gained | \*\|\`\<b\>\\x1b\[31m |  | 1 |  | 12 |  | 0.5 | 0.5 |"


@pytest.mark.parametrize(("top", "rows"), [([], 10), (["--top", "3"], 3), (["--top", "0"], 24)])
def test_top_of_each_label(mined: Any, camlode: Any, top: list[str], rows: int) -> None:
    mined.publish({"数码": [f"old{number}" for number in range(12)]})
    mined.publish({"数码": [f"new{number}" for number in range(12)]})
    done = camlode("compare", mined.path, 1, 2, "--format", "csv", *top)
    assert len(list(csv.DictReader(io.StringIO(done.stdout)))) == rows


def test_nothing_has_changed(two_runs: Any, camlode: Any) -> None:
    done = camlode("compare", two_runs.path, 2, 2)
    assert (done.returncode, done.stderr) == (0, "no pattern has changed\n")
    assert words(done.stdout)[-2:] == ["数码 2 2 2 0 0", "食物 2 2 2 0 0"]


@pytest.mark.parametrize(
    ("facts", "remarks"),
    [
        ({"digest": "d9"}, ["both runs have a model named cnn, but not the same one"]),
        ({"digest": "d9", "version": "2"}, []),
        ({"corpus": "c9"}, ["both runs have a corpus named questions, but not the same one"]),
        (
            {"method": "lrp"},
            ["the runs were mined with different methods or units: compare shares, not importances"],
        ),
    ],
)
def test_remarks_on_the_runs(
    mined: Any, camlode: Any, run_start: RunStart, facts: dict[str, Any], remarks: list[str]
) -> None:
    facts = dict(facts)
    mined.publish({"数码": ["a"]})
    changed = replace(run_start.model, **{name: facts.pop(name) for name in ("digest", "version") if name in facts})
    if "corpus" in facts:
        facts["corpus"] = CorpusEntry("questions", facts["corpus"], files=1, bytes=900)
    mined.publish({"数码": ["b"]}, model=changed, **facts)
    lines = words(camlode("compare", mined.path, 1, 2).stdout)
    assert lines[3 : lines.index("")] == remarks


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["1", "9"], "{store}: there is no published run 9: the runs are 1 (complete), 2 (complete)"),
        (["1", "2", "--label", "食品"], "{store}: run 2 has no label '食品': did you mean '食物'?"),
        (["1", "2", "--label", "食品", "--format", "csv"], "{store}: run 2 has no label '食品': did you mean '食物'?"),
    ],
)
def test_a_mistake_is_one_line(two_runs: Any, run_refused: Any, arguments: list[str], line: str) -> None:
    assert run_refused("compare", two_runs.path, *arguments) == line.format(store=two_runs.path)
