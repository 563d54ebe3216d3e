from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from camlode.pipeline.display.html import SHARED_TEMPLATES, bar_width, get_environment, render_template
from tests.pipeline.hostile import HOSTILE, HOSTILE_AS_SHOWN

PIPELINE = Path(SHARED_TEMPLATES).parents[1]
STYLES = sorted(PIPELINE.glob("*/templates/*.css"))


def render(source: str, **values: object) -> str:
    return get_environment(SHARED_TEMPLATES).from_string(source).render(values)


def test_what_a_template_prints_is_one_harmless_line() -> None:
    from html import unescape

    shown = render('<p title="{{ text }}">{{ text }}</p>', text=HOSTILE)
    assert unescape(shown) == f'<p title="{HOSTILE_AS_SHOWN}">{HOSTILE_AS_SHOWN}</p>'
    assert shown.count("<") == 2


def test_filters_keep_lines_or_every_character_and_still_escape() -> None:
    text = "<\n\u202e\0"
    assert render("{{ text|lines }}", text=text) == "&lt;\n\u202e␀"
    assert render("{{ text|e }}", text=text) == "&lt;\n\u202e\0"


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("{{ row.nothing }}", row={})


def test_a_page_has_its_own_style_and_asks_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "toy.html").write_text(
        '{% extends "page.html" %}{% block title %}{{ title }}{% endblock %}{% block body %}<p>x</p>{% endblock %}',
        encoding="utf-8",
    )
    source = render_template(tmp_path, "toy.html", title="a <b>")
    assert source.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert "<title>a &lt;b&gt;</title>" in source
    assert (SHARED_TEMPLATES / "page.css").read_text(encoding="utf-8").strip() in source
    assert source.endswith("<body>\n<p>x</p></body>\n</html>\n")


def test_the_styles_are_those_of_the_page_the_report_and_explanations() -> None:
    assert [path.stem for path in STYLES] == ["page", "explanations", "report"]


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_styles_ask_for_nothing_and_close_what_they_open(path: Path) -> None:
    rules = path.read_text(encoding="utf-8")
    assert rules.count("{") == rules.count("}") > 0
    assert not any(word in rules for word in ("url(", "@import", "http", "<"))


def test_every_color_of_a_light_page_has_a_dark_one_and_one_for_paper() -> None:
    rules = (SHARED_TEMPLATES / "page.css").read_text(encoding="utf-8")
    light, dark, paper = (
        {*re.findall(r"(--[\w-]+): #", part)}
        for part in re.split(r"@media \(prefers-color-scheme: dark\)|@media print", rules)
    )
    assert light == dark == paper


@pytest.mark.parametrize(
    ("share", "width"), [(0.5, "50"), (0.0, "0"), (1.5, "100"), (-1.0, "0"), (1 / 3, "33.3"), (None, "0")]
)
def test_a_bar_is_as_wide_as_its_share_and_no_wider_than_all(share: float | None, width: str) -> None:
    assert bar_width(share) == width
    drawn = render('{% from "macros.html" import bar %}{{ bar(share, "importance") }}', share=share)
    assert re.findall(r'<rect class="([a-z ]+)" width="([\d.]+)"', drawn) == [("fill", width)]


@pytest.mark.parametrize(
    ("change", "fill"),
    [
        (0.5, 'class="more" x="50" width="25.0"'),
        (-1.0, 'class="less" x="0.0" width="50.0"'),
        (-0.5, 'class="less" x="25.0" width="25.0"'),
        (0.0, 'class="less" x="50.0" width="0.0"'),
    ],
)
def test_a_change_goes_to_its_side_of_the_middle(change: float, fill: str) -> None:
    assert fill in render('{% from "macros.html" import change_bar %}{{ change_bar(change) }}', change=change)


@pytest.mark.parametrize(
    ("review", "shown"),
    [
        ("accepted", '<span class="badge accepted">✓ accepted</span>'),
        ("rejected", '<span class="badge rejected">✕ rejected</span>'),
        ("spurious", '<span class="badge spurious">! spurious</span>'),
        (None, ""),
    ],
)
def test_a_badge(review: str | None, shown: str) -> None:
    assert render('{% from "macros.html" import badge %}{{ badge(review) }}', review=review) == shown


def test_a_table_says_what_it_is_and_can_be_reached_by_keys() -> None:
    columns = [("A<", "wide"), ("B", "")]
    source = '{% from "macros.html" import table %}{% call table("All", columns, "cards") %}{{ x }}{% endcall %}'
    assert render(source, x=1, columns=columns).strip() == (
        '<div class="scroll" role="region" aria-label="All" tabindex="0"><table class="cards">'
        '<thead><tr><th scope="col" class="wide">A&lt;</th><th scope="col">B</th></tr></thead>\n'
        "<tbody>\n1</tbody></table></div>"
    )
