from __future__ import annotations

import re
from dataclasses import replace

from camlode.pipeline.faithfulness.report import RefusedMethod
from camlode.pipeline.report.html import render_faithfulness
from tests.pipeline.views.test_faithfulness import REPORT


def test_the_methods_with_half_the_width_of_their_intervals_and_what_to_take() -> None:
    section = render_faithfulness(REPORT)
    assert section.startswith('<p class="lead">recommendation: take cam</p>')
    cam, order = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", section)
    assert cam.startswith('<bdi>cam</bdi> <span class="change">survives a randomised model</span></th>')
    assert order.startswith('<bdi>random order</bdi> <span class="change">baseline</span></th>')
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", cam)]
    assert cells == [*["0.250 ±0.050"] * 2, "0.000 ±0.125", *["0.250 ±0.050"] * 3, "1.5"]
    assert "<li>warning: beware</li>" in section


def test_what_a_file_says_is_escaped() -> None:
    hostile = replace(REPORT, recommendation="<script>", refused=(RefusedMethod("<b>", "<i>"),))
    assert not re.search("<(script|b|i)>", render_faithfulness(hostile))
