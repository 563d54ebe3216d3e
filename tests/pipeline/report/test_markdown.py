from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.pipeline.report.markdown import render_report_markdown

if TYPE_CHECKING:
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.pipeline.report.contents import RunReport


def headings(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("#")]


def test_the_sections_of_a_report(report: RunReport) -> None:
    assert headings(render_report_markdown(report)) == [
        "# Report of run 2: cnn 7 on reviews",
        "## Labels",
        "## Fragments that labels share",
        "## Audit",
        "## Since run 1",
        "## Rule sets",
    ]


def test_empty_sections_are_left_out_or_say_so(report: RunReport) -> None:
    nothing = replace(
        report,
        shared=replace(report.shared, fragments=[]),
        audit=replace(report.audit, findings=()),
        difference=None,
        rule_sets=[],
        stages=None,
        rejects=[],
    )
    page = render_report_markdown(nothing)
    assert headings(page)[-1] == "## Audit"
    assert "No fragment is among the first 100 patterns of two labels." in page
    assert "Rejected" not in page
    assert "Seconds" not in page


def test_faithfulness_comes_before_rule_sets(report: RunReport, faithfulness: FaithfulnessReport) -> None:
    page = render_report_markdown(replace(report, faithfulness=faithfulness))
    assert headings(page)[-2:] == ["## Faithfulness", "## Rule sets"]
    assert "recommendation: take cam" in page


def test_the_summary(report: RunReport) -> None:
    lines = render_report_markdown(replace(report, run={**report.run, "documents_truncated": 3})).splitlines()
    assert lines[2:9:2] == [
        "documents read 1,200, explained 1,190, rejected 10, labels 2, patterns 40, method grad-cam, duration 5 min",
        "> 3 documents were longer than the model reads, and truncated.",
        "Rejected: empty\\_text 10",
        "Seconds of all processes by stage: read 1.0, attribute 4.0",
    ]


def test_labels_and_their_folded_patterns(report: RunReport) -> None:
    page = render_report_markdown(report)
    assert "| label | patterns | predicted | recall against gold labels | first patterns |" in page
    assert "| praise | 40 | 100 | 75.0% | very good |" in page
    assert "<details><summary>praise</summary>\n\n| rank | pattern |" in page
    assert "| 1 | very good | 12 | 4 | 75.0% | 62.5% | accepted | it was «very good» indeed |" in page
    assert "<summary>complaint</summary>" not in page


def test_shared_fragments_and_the_audit(report: RunReport) -> None:
    page = render_report_markdown(report)
    assert "| very good | praise (1), complaint (7) |" in page
    assert "- low\\_precision: 1 of the 40 patterns judged, 1 of them accepted by a reviewer\n- falling\\_" in page
    assert "| praise | 1 | very good | concentrated | “very good” is concentrated | accepted |" in page


def test_findings_that_are_not_shown_are_counted(report: RunReport) -> None:
    first = report.audit.findings[0]
    many = tuple(replace(first, fragment=f"f{number}") for number in range(3))
    page = render_report_markdown(replace(report, audit=replace(report.audit, findings=(first, *many))))
    assert "\n\nand 3 more findings\n\n" in page


def test_texts_of_a_corpus_are_escaped(hostile_report: RunReport) -> None:
    page = render_report_markdown(hostile_report)
    page.encode()
    assert not {*"\0\x1b\u202e"} & {*page}
    assert "<script" not in page.replace("\\<", "")
    assert len(headings(page)) == 6
    # Every row has as many cells as its header.
    for block in page.split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("| ")]
        assert len({row.replace("\\\\", "").replace("\\|", "").count("|") for row in rows}) <= 1
