from __future__ import annotations

import re
from typing import TYPE_CHECKING

from camlode.pipeline.report.html import render_rule_sets

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def test_a_rule_set_with_what_was_measured(report: RunReport) -> None:
    source = render_rule_sets(report.rule_sets)
    assert re.findall(r"<th scope=\"col\"[^>]*>([^<]*)<", source) == [
        "Rule set",
        "Rules",
        "Measured on",
        "Against",
        "Accuracy",
        "Macro F1",
        "Coverage",
    ]
    assert '<bdi>shop</bdi> <span class="change">version 3</span>' in source
    assert re.findall(r'data-name="([\w ]+)">(?:<bdi>)?([^<]*)<', source) == [
        ("rules", "1,200"),
        ("measured on", "held out"),
        ("against", "model"),
        ("accuracy", "90.0%"),
        ("macro F1", "87.5%"),
        ("coverage", "100%"),
    ]


def test_one_that_was_not_measured(report: RunReport) -> None:
    rules = [{**dict.fromkeys(report.rule_sets[0]), "name": "new", "version": 1, "rules": 5}]
    source = render_rule_sets(rules)
    assert re.findall(r'data-name="([\w ]+)">(?:<bdi>)?([^<]*)<', source) == [
        ("rules", "5"),
        ("measured on", "–"),
        ("against", "–"),
    ]
