from __future__ import annotations

import pytest

from camlode.pipeline.report.html import (
    isolate,
    measure,
    number_cell,
    render_badge,
    render_bar,
    render_change_bar,
    render_table,
)


def test_a_text_does_not_turn_what_stands_around_it() -> None:
    assert isolate("<א\u202e") == "<bdi>&lt;א\\u202e</bdi>"


@pytest.mark.parametrize(("share", "width"), [(0.5, "50"), (0.0, "0"), (1.5, "100"), (-1.0, "0"), (1 / 3, "33.3")])
def test_a_bar_is_as_wide_as_its_share_and_no_wider_than_all(share: float, width: str) -> None:
    assert (
        render_bar(share, "importance") == f'<span class="bar"><i class="importance" style="width:{width}%"></i></span>'
    )


def test_a_bar_of_what_is_not_known_is_empty() -> None:
    assert render_bar(None, "precision") == '<span class="bar"></span>'


@pytest.mark.parametrize(
    ("change", "fill"),
    [
        (0.5, '<i class="importance" style="left:50%;width:25%"></i>'),
        (-1.0, '<i class="less" style="width:50%"></i>'),
        (-0.5, '<i class="less" style="left:25%;width:25%"></i>'),
    ],
)
def test_a_change_goes_to_its_side_of_the_middle(change: float, fill: str) -> None:
    assert render_change_bar(change, 1.0) == f'<span class="bar">{fill}<i class="middle"></i></span>'


def test_no_change_at_all() -> None:
    assert "width:0%" in render_change_bar(0.0, 0.0)


@pytest.mark.parametrize(
    ("review", "shown"),
    [
        ("accepted", ' <span class="badge accepted">✓ accepted</span>'),
        ("rejected", ' <span class="badge rejected">✕ rejected</span>'),
        ("spurious", ' <span class="badge spurious">! spurious</span>'),
        (None, ""),
    ],
)
def test_a_badge(review: str | None, shown: str) -> None:
    assert render_badge(review) == shown


def test_a_table_says_what_it_is_and_can_be_reached_by_keys() -> None:
    assert render_table([("A<", "wide"), ("B", "")], ["<tr></tr>"], "cards", "All") == (
        '<div class="scroll" role="region" aria-label="All" tabindex="0"><table class="cards">'
        '<thead><tr><th scope="col" class="wide">A&lt;</th><th scope="col">B</th></tr></thead>\n'
        "<tbody>\n<tr></tr>\n</tbody></table></div>"
    )


def test_cells_tell_their_names_where_the_table_is_narrow() -> None:
    assert number_cell(1234, "documents") == '<td class="number" data-name="documents">1,234</td>'
    assert measure("5%", "…", "share") == '<td class="measure" data-name="share">5%…</td>'
