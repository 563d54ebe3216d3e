from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from camlode.pipeline.report.html import render_difference

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport


def test_what_a_label_gained_and_lost(report: RunReport) -> None:
    source = render_difference(report.difference, report.run)
    assert (
        '<tr><th scope="row"><bdi>praise</bdi></th><td class="number" data-name="before">41</td>'
        '<td class="number" data-name="after">40</td><td class="number" data-name="kept">30</td>'
        '<td class="number" data-name="gained">10</td><td class="number" data-name="lost">11</td></tr>'
    ) in source


def test_the_biggest_changes_with_a_bar_to_their_side(report: RunReport) -> None:
    assert report.difference is not None
    lost = {**report.difference.changes[0], "change": "lost", "rank_after": None, "share_change": -0.0625}
    changed = replace(report.difference, changes=[*report.difference.changes, lost])
    source = render_difference(changed, report.run)
    # 0.125 is the largest: all of the right half; half as much to the left, a quarter of the bar.
    assert 'data-name="rank">3 → 1</td><td class="measure" data-name="share">+12.50<span class="bar">' in source
    assert '<i class="importance" style="left:50%;width:50%"></i>' in source
    assert 'data-name="rank">3 → –</td><td class="measure" data-name="share">−6.25<span class="bar">' in source
    assert '<i class="less" style="left:25%;width:25%"></i>' in source


def test_no_change(report: RunReport) -> None:
    assert report.difference is not None
    source = render_difference(replace(report.difference, changes=[]), report.run)
    assert source.endswith("<h3>Biggest changes</h3><p>No pattern has changed.</p>")


def test_another_model_of_the_same_name_is_told(report: RunReport) -> None:
    assert report.difference is not None
    assert "remark" not in render_difference(report.difference, report.run)
    before = {**report.difference.before, "model_digest": "d0"}
    assert "the model is called cnn in both runs, but it is not the same" in render_difference(
        replace(report.difference, before=before), report.run
    )


def test_a_first_run(report: RunReport) -> None:
    assert render_difference(None, report.run) == "<p>It is the first run of the store.</p>"
