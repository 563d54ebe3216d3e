from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.pipeline.report.html import render_shared

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def test_the_map_has_a_row_and_a_column_for_each_label(report: RunReport) -> None:
    source = render_shared(replace(report.shared, labels=["a", "b", "c"], counts=[[9, 1, 10], [1, 9, 0], [10, 0, 9]]))
    # Of the largest, 10: 1 is a fifth or less, the first of five shades; 10 the last.
    assert re.findall(r'<tr><th scope="row"><bdi>(\w)</bdi></th>(<td.*)</tr>', source)[:3] == [
        ("a", '<td class="own">·</td><td class="shade-1">1</td><td class="shade-5">10</td>'),
        ("b", '<td class="shade-1">1</td><td class="own">·</td><td></td>'),
        ("c", '<td class="shade-5">10</td><td></td><td class="own">·</td>'),
    ]
    assert re.findall(r'<th scope="col"><span><bdi>(\w)</bdi>', source) == ["a", "b", "c"]


def test_a_fragment_is_told_with_its_rank_in_each_label(report: RunReport) -> None:
    assert (
        '<tr><th scope="row"><bdi>very good</bdi></th><td><bdi>praise</bdi> <span class="change">1</span>, '
        '<bdi>complaint</bdi> <span class="change">7</span></td></tr>'
    ) in render_shared(report.shared)


def test_labels_that_are_left_out_are_counted(report: RunReport) -> None:
    assert "left out" not in render_shared(report.shared)
    assert "3 labels that share less are left out." in render_shared(replace(report.shared, left_out=3))


def test_the_cells_of_many_labels_are_smaller(report: RunReport) -> None:
    def drawn(labels: int) -> str:
        counts = [[1] * labels] * labels
        return render_shared(replace(report.shared, labels=[str(each) for each in range(labels)], counts=counts))

    assert ('class="scroll many"' in drawn(30), 'class="scroll many"' in drawn(31)) == (False, True)


def test_where_nothing_is_shared_there_is_no_map(report: RunReport) -> None:
    source = render_shared(replace(report.shared, fragments=[]))
    assert source == "<p>No fragment is among the first 100 patterns of two labels.</p>"
