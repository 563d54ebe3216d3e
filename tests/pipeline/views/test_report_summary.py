from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.report.html import run_remarks, summary, summary_items

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def test_the_run_in_figures(report: RunReport) -> None:
    assert [*summary_items(report)] == [
        ("documents read", "1,200"),
        ("explained", "1,190"),
        ("rejected", "10"),
        ("labels", "2"),
        ("patterns", "40"),
        ("method", "grad-cam"),
        ("took", "5.0 min"),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        (
            {"status": "incomplete", "failed_shards": 1},
            ["1 of 3 shards failed: their documents are missing."],
        ),
        ({"documents_truncated": 1500}, ["1,500 documents were longer than the model reads, and cut."]),
        (
            {"matched_documents": None},
            ["The run went without the match pass, so it is not known how precise its patterns are."],
        ),
    ],
)
def test_what_a_reader_must_know(report: RunReport, changed: dict[str, Any], expected: list[str]) -> None:
    run = {**report.run, **changed}
    assert [*run_remarks(run)] == expected
    assert re.findall(r'<p class="remark">(.*?)</p>', summary(replace(report, run=run))) == expected


def test_the_bars_of_the_stages_are_relative_to_the_longest(report: RunReport) -> None:
    source = summary(report)
    assert re.findall(r"<td>(\w+)</td><td class=\"measure\">([\d.]+ s)<.*?width:(\d+)%", source) == [
        ("read", "1.0 s", "25"),
        ("attribute", "4.0 s", "100"),
    ]


def test_what_was_rejected_and_the_stages_are_left_out_where_there_is_nothing(report: RunReport) -> None:
    source = summary(replace(report, rejects=[], stages=None))
    assert not re.search("Rejected|Stages", source)
    assert ">empty_text<" in summary(report)


def test_a_label_says_how_right_the_model_is(report: RunReport) -> None:
    # Of 100 predicted documents 90 are right; of 120 labelled ones 90 are found.
    cells = re.findall(r'data-name="(\w+)">([^<]*)<', summary(report).partition("#label-1")[0])
    assert cells == [
        ("patterns", "40"),
        ("importance", "200.0"),
        ("predicted", "100"),
        ("right", "90.0%"),
        ("found", "75.0%"),
    ]


def test_without_labels_of_people_nothing_is_said_of_right_and_wrong(report: RunReport) -> None:
    labels = [
        replace(each, row={**each.row, "gold_documents": None, "agreed_documents": None}) for each in report.labels
    ]
    assert "Right where predicted" not in summary(replace(report, labels=labels))


def test_a_label_without_patterns_does_not_break_the_bars(report: RunReport) -> None:
    source = summary(replace(report, labels=report.labels[1:]))
    assert 'data-name="importance">0<span class="bar"><i class="importance" style="width:0%">' in source
