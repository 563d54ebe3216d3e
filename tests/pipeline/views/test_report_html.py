from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.report.html import render_report_html, report_title

if TYPE_CHECKING:
    from camlode.pipeline.report.model import RunReport

VOID = {"meta", "br"}


class Structure(HTMLParser):
    """What a browser would see; every tag must be closed in its turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert not {name for name in named if name.startswith("on")}
        self.tags.append(tag)
        self.ids += [str(named["id"])] if "id" in named else []
        self.links += [str(named["href"])] if "href" in named else []
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_sections_of_a_report(report: RunReport) -> None:
    titles = re.findall(r'<h2 id="(\w+)">([^<]*)</h2>', render_report_html(report))
    assert titles == [
        ("summary", "Summary"),
        ("patterns", "Patterns"),
        ("shared", "Fragments that labels share"),
        ("audit", "Audit"),
        ("difference", "Since run 1"),
        ("rules", "Rule sets"),
    ]


def test_what_is_not_there_has_no_section_or_says_so(report: RunReport) -> None:
    source = render_report_html(replace(report, difference=None, rule_sets=[]))
    assert '<h2 id="difference">Since the run before</h2>\n<p>It is the first run of the store.</p>' in source
    assert 'id="rules"' not in source


def test_every_link_leads_to_a_place_of_the_page_and_no_place_is_there_twice(report: RunReport) -> None:
    seen = Structure(render_report_html(report))
    assert len({*seen.ids}) == len(seen.ids)
    assert {link.removeprefix("#") for link in seen.links} <= {*seen.ids}
    assert {"label-0", "label-1", "main"} <= {*seen.ids}


def test_the_title_says_what_it_is_of(report: RunReport) -> None:
    assert report_title(report.run) == "Report of run 2: cnn 7 on reviews"
    assert "<title>Report of run 2: cnn 7 on reviews</title>" in render_report_html(report)
    assert "Run 2 · current · mined 2025-03-01 12:05 UTC" in render_report_html(report)


def test_the_figures_are_explained(report: RunReport) -> None:
    assert "Precision: of the documents in which a pattern occurs" in render_report_html(report)
    assert "Precision:" not in render_report_html(replace(report, run={**report.run, "matched_documents": None}))


@pytest.mark.parametrize("kind", ["report", "hostile_report"])
def test_it_stands_alone_and_holds_no_script(kind: str, request: pytest.FixtureRequest) -> None:
    source = render_report_html(request.getfixturevalue(kind))
    seen = Structure(source)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & {*seen.tags}
    assert all(link.startswith("#") for link in seen.links)
    assert not re.search(r"url\(|@import|src=", source)
    assert "http" not in re.sub(r"\(http://b\)", "", source)


def test_nothing_of_a_corpus_is_obeyed(hostile_report: RunReport) -> None:
    source = render_report_html(hostile_report)
    source.encode()
    assert source.count("</style>") == 1
    assert not {*"\0\x1b\u202e"} & {*source}
    # What a person wrote is shown as it is.
    assert "<script>alert(1)</script>\"'`|<b>&amp;\\u202e␀␛[31m\ufffd␊* [a](http://b)" in Structure(source).text
