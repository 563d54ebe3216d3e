from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.report.html import render_labels

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def columns(source: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', source)


def test_a_pattern_with_its_bars_and_what_a_reviewer_said(report: RunReport) -> None:
    source = render_labels(report).partition("</section>")[0]
    assert columns(source) == ["", "Pattern", "Importance", "Documents", "Precision", "Gold precision"]
    assert '<th scope="row"><bdi>very good</bdi> <span class="badge accepted">✓ accepted</span>' in source
    assert re.findall(r'data-name="([\w ]+)">([^<]*)<', source) == [
        ("importance", "12"),
        ("documents", "4"),
        ("precision", "75.0%"),
        ("gold precision", "62.5%"),
    ]
    # The full colour ends where the interval begins.
    assert '<i class="pale" style="width:75%"></i><i class="precision" style="width:40%"></i>' in source


def test_places_where_it_was_important_and_where_it_was_not(report: RunReport) -> None:
    source = render_labels(report)
    assert '<p class="seen" dir="auto">it was <mark>very good</mark> indeed</p>' in source
    assert '<p class="seen counter" dir="auto">not <mark>very good</mark>, no</p>' in source


def test_a_label_says_how_many_of_its_patterns_are_shown(report: RunReport) -> None:
    source = render_labels(report)
    assert "<bdi>praise</bdi> <small>the first 1 of 40 patterns</small>" in source
    assert "<bdi>complaint</bdi> <small>no pattern</small></h3></section>" in source


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({"gold_documents": None}, "Precision"),
        ({"gold_documents": 0}, "Precision"),
        ({"matched_documents": None}, "Documents"),
    ],
)
def test_what_is_not_known_has_no_column(report: RunReport, changed: dict[str, Any], last: str) -> None:
    source = render_labels(replace(report, run={**report.run, **changed}))
    assert columns(source)[-1] == last
    assert source.count('class="measure"') == {"Precision": 2, "Documents": 1}[last]
