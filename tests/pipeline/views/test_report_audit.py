from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.pipeline.report.html import render_audit

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def test_how_each_check_went(report: RunReport) -> None:
    # What a reviewer has accepted is nothing to look at any more.
    assert re.findall(r"<li.*?</li>", render_audit(report)) == [
        "<li><strong>1</strong>low precision, of 40 judged, 1 of them accepted by a reviewer</li>",
        "<li><strong>–</strong>falling precision: not made, there is no other run</li>",
        '<li class="found"><strong>1</strong>concentrated, of 40 judged</li>',
    ]


def test_a_pattern_is_listed_once_with_all_reasons_and_its_places(report: RunReport) -> None:
    source = render_audit(report)
    assert source.count('<article class="finding">') == 1
    assert "<h3><bdi>praise</bdi></h3>" in source
    assert "<h4><small>1</small> <bdi>very good</bdi>" in source
    assert re.findall(r'<span class="check">([\w ]+)</span>([^<]*)', source) == [
        ("low precision", "“very good” is low_precision"),
        ("concentrated", "“very good” is concentrated"),
    ]
    assert '<p class="seen counter" dir="auto">not <mark>very good</mark>, no</p>' in source


def test_patterns_beyond_the_first_are_counted(report: RunReport) -> None:
    (first, _) = report.audit.findings
    many = tuple(replace(first, fragment=f"f{number}", rank=number) for number in range(7))
    shown = {("praise", each.fragment): report.shown["praise", "very good"] for each in many[:5]}
    source = render_audit(replace(report, audit=replace(report.audit, findings=many), shown=shown))
    assert source.count('<article class="finding">') == 5
    assert '<p class="lead">and 2 more patterns</p>' in source


def test_the_run_that_precisions_were_compared_with(report: RunReport) -> None:
    assert "compared" not in render_audit(report)
    assert "Precisions are compared with those of run 1." in render_audit(
        replace(report, audit=replace(report.audit, against=1))
    )
