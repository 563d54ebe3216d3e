from __future__ import annotations

import pytest

from camlode.pipeline.display.html import read_style, render_page


def test_a_page_holds_its_own_styles_in_order() -> None:
    source = render_page("a <b>", "<p>x</p>", "report")
    assert source.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert "<title>a &lt;b&gt;</title>" in source
    assert f"<style>\n{read_style('page')}\n{read_style('report')}</style>" in source
    assert source.endswith("<body>\n<p>x</p>\n</body>\n</html>\n")


@pytest.mark.parametrize("name", ["page", "report", "texts"])
def test_styles_ask_for_nothing_and_close_what_they_open(name: str) -> None:
    rules = read_style(name)
    assert rules.count("{") == rules.count("}") > 0
    assert not any(word in rules for word in ("url(", "@import", "http", "<"))


def test_every_colour_of_a_light_page_has_a_dark_one_and_one_for_paper() -> None:
    import re

    light, dark, paper = (
        {*re.findall(r"(--[\w-]+): #", part)}
        for part in re.split(r"@media \(prefers-color-scheme: dark\)|@media print", read_style("page"))
    )
    assert light == dark == paper
