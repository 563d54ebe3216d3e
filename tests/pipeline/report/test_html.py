"""The report's page, section by section, and as a whole."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.faithfulness.report import RefusedMethod
from camlode.pipeline.report.html import render_report_html, report_title, run_remarks, summary_items
from tests.pipeline.hostile import HOSTILE_AS_SHOWN

if TYPE_CHECKING:
    from camlode.pipeline.faithfulness.report import FaithfulnessReport
    from camlode.pipeline.report.contents import RunReport

VOID = {"meta", "br"}  # an SVG's shapes are closed by a slash


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


def section(report: RunReport, name: str) -> str:
    """The HTML of a section, without white space between elements."""
    found = re.search(
        rf'<section aria-labelledby="{name}">(.*?)</section>\n*(?:<section aria-labelledby="\w|</main>)',
        render_report_html(report),
        re.DOTALL,
    )
    assert found
    return re.sub(r">\s+<", "><", found[1])


def list_columns(source: str) -> list[str]:
    return re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', source)


def list_cells(source: str) -> list[tuple[str, str]]:
    """The cells that are shown with their names where the table is narrow."""
    return re.findall(r'data-name="([\w ]+)">(?:<bdi>)?([^<]*)<', source)


def test_the_summary_begins_with_the_numbers_of_the_run(report: RunReport) -> None:
    items = [
        ("documents read", "1,200"),
        ("explained", "1,190"),
        ("rejected", "10"),
        ("labels", "2"),
        ("patterns", "40"),
        ("method", "grad-cam"),
        ("duration", "5 min"),
    ]
    assert [*summary_items(report)] == items
    assert re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", section(report, "summary")) == items


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"status": "incomplete", "failed_shards": 1}, ["1 of 3 shards failed: their documents are missing."]),
        ({"documents_truncated": 1500}, ["1,500 documents were longer than the model reads, and truncated."]),
        (
            {"matched_documents": None},
            ["The run has no match pass, so it is not known how precise its patterns are."],
        ),
    ],
)
def test_remarks_say_what_limits_the_numbers(report: RunReport, changed: dict[str, Any], expected: list[str]) -> None:
    run = {**report.run, **changed}
    assert [*run_remarks(run)] == expected
    assert re.findall(r'<p class="remark">(.*?)</p>', section(replace(report, run=run), "summary")) == expected


def test_the_bars_of_the_stages_are_relative_to_the_longest(report: RunReport) -> None:
    found = re.findall(r"<td>(\w+)</td><td class=\"measure\">([\d.]+ s)<.*?width=\"(\d+)\"", section(report, "summary"))
    assert found == [("read", "1.0 s", "25"), ("attribute", "4.0 s", "100")]


def test_rejects_and_stages_are_left_out_where_there_are_none(report: RunReport) -> None:
    assert ">empty_text<" in section(report, "summary")
    assert not re.search("Rejected|Stages", section(replace(report, rejects=[], stages=None), "summary"))


def test_a_label_says_how_often_the_model_is_right(report: RunReport) -> None:
    # The model predicts 90 of the 120 documents with the gold label. 90 of 100 is no precision: of the 1,190 documents
    # 190 have no gold labels, so that some of the 100 may have none.
    first, _, second = section(report, "summary").partition("#label-1")
    assert list_cells(first) == [
        ("patterns", "40"),
        ("importance", "200.0"),
        ("predicted", "100"),
        ("recall against gold labels", "75.0%"),
    ]
    assert '<span class="first"><bdi>very good</bdi></span>' in first
    assert ("importance", "0") in list_cells(second)


@pytest.mark.parametrize(
    ("gold_documents", "columns"),
    [
        (0, []),
        (1189, ["Recall against gold labels"]),
        (1190, ["Precision against gold labels", "Recall against gold labels"]),
    ],
)
def test_precision_needs_gold_labels_of_all_documents(
    report: RunReport, gold_documents: int, columns: list[str]
) -> None:
    source = section(replace(report, run={**report.run, "gold_documents": gold_documents}), "summary")
    assert list_columns(source.partition("Rejected")[0])[4:] == columns


def test_precision_is_the_share_of_predicted_documents_with_the_gold_label(report: RunReport) -> None:
    source = section(replace(report, run={**report.run, "gold_documents": 1190}), "summary").partition("#label-1")[0]
    # 90 of the 100 predicted, and of the 120 with the gold label.
    assert list_cells(source)[3:] == [
        ("precision against gold labels", "90.0%"),
        ("recall against gold labels", "75.0%"),
    ]


def test_a_pattern_has_bars_a_review_and_places_where_it_was_seen(report: RunReport) -> None:
    source = section(report, "patterns").partition("</section>")[0]
    assert list_columns(source) == ["", "Pattern", "Importance", "Documents", "Precision", "Gold precision"]
    assert '<th scope="row"><bdi>very good</bdi><span class="badge accepted">✓ accepted</span>' in source
    assert list_cells(source) == [
        ("importance", "12"),
        ("documents", "4"),
        ("precision", "75.0%"),
        ("gold precision", "62.5%"),
    ]
    # The full color ends where the interval begins.
    assert 'class="fill pale" width="75" height="6"/><rect class="fill" width="40"' in source
    assert '<p class="seen" dir="auto">it was <mark>very good</mark> indeed</p>' in source
    assert '<p class="seen counter" dir="auto">not <mark>very good</mark>, no</p>' in source


def test_a_label_says_how_many_of_its_patterns_are_shown(report: RunReport) -> None:
    source = section(report, "patterns")
    assert "<bdi>praise</bdi><small>the first 1 of 40 patterns</small>" in source
    assert "<bdi>complaint</bdi><small>no pattern</small></h3></section>" in source


@pytest.mark.parametrize(
    ("changed", "last", "bars"),
    [
        ({"gold_documents": None}, "Precision", 2),
        ({"gold_documents": 0}, "Precision", 2),
        ({"matched_documents": None}, "Documents", 1),
    ],
)
def test_unknown_precisions_have_no_column(report: RunReport, changed: dict[str, Any], last: str, bars: int) -> None:
    source = section(replace(report, run={**report.run, **changed}), "patterns")
    assert list_columns(source)[-1] == last
    assert source.count('class="measure"') == bars


def test_the_map_has_a_row_and_a_column_for_each_label(report: RunReport) -> None:
    shared = replace(report.shared, labels=["a", "b", "c"], counts=[[9, 1, 10], [1, 9, 0], [10, 0, 9]])
    source = section(replace(report, shared=shared), "shared")
    # Of the largest, 10: 1 is a fifth or less, the first of five shades; 10 the last.
    assert re.findall(r'<tr><th scope="row"><bdi>(\w)</bdi></th>(<td.*?)</tr>', source)[:3] == [
        ("a", '<td class="own">·</td><td class="shade-1">1</td><td class="shade-5">10</td>'),
        ("b", '<td class="shade-1">1</td><td class="own">·</td><td></td>'),
        ("c", '<td class="shade-5">10</td><td></td><td class="own">·</td>'),
    ]
    assert re.findall(r'<th scope="col"><span><bdi>(\w)</bdi>', source) == ["a", "b", "c"]


def test_a_shared_fragment_has_its_rank_in_each_label(report: RunReport) -> None:
    source = section(report, "shared")
    assert (
        '<tr><th scope="row"><bdi>very good</bdi></th><td><bdi>praise</bdi><span class="change">1</span>, '
        '<bdi>complaint</bdi><span class="change">7</span></td></tr>'
    ) in source
    assert "left out" not in source
    more = section(replace(report, shared=replace(report.shared, left_out=3)), "shared")
    assert "3 labels that share less are left out." in more


@pytest.mark.parametrize(("labels", "small"), [(30, False), (31, True)])
def test_the_cells_of_many_labels_are_smaller(report: RunReport, labels: int, small: bool) -> None:
    shared = replace(report.shared, labels=[str(each) for each in range(labels)], counts=[[1] * labels] * labels)
    assert ('class="scroll many"' in section(replace(report, shared=shared), "shared")) is small


def test_without_shared_fragments_there_is_no_map(report: RunReport) -> None:
    source = section(replace(report, shared=replace(report.shared, fragments=[])), "shared")
    assert source.endswith("</h2><p>No fragment is among the first 100 patterns of two labels.</p>\n")


def test_each_check_of_the_audit_has_its_counts(report: RunReport) -> None:
    # Findings that a reviewer has accepted need no look.
    assert re.findall(r"<li.*?</li>", section(report, "audit")) == [
        "<li><strong>1</strong>low precision, of 40 judged, 1 of them accepted by a reviewer</li>",
        "<li><strong>–</strong>falling precision: skipped, there is no other run</li>",
        '<li class="found"><strong>1</strong>concentrated, of 40 judged</li>',
    ]


def test_a_finding_is_listed_once_with_all_reasons_and_its_places(report: RunReport) -> None:
    source = section(report, "audit")
    assert source.count('<article class="finding">') == 1
    assert "<h3><bdi>praise</bdi></h3>" in source
    assert "<h4><small>1</small><bdi>very good</bdi>" in source
    assert re.findall(r'<span class="check">([\w ]+)</span>([^<]*)', source) == [
        ("low precision", "“very good” is low_precision"),
        ("concentrated", "“very good” is concentrated"),
    ]
    assert '<p class="seen counter" dir="auto">not <mark>very good</mark>, no</p>' in source
    assert "compared" not in source


def test_findings_beyond_the_first_are_counted(report: RunReport) -> None:
    (first, _) = report.audit.findings
    many = tuple(replace(first, fragment=f"f{number}", rank=number) for number in range(7))
    shown = {("praise", each.fragment): report.finding_examples["praise", "very good"] for each in many[:5]}
    audit = replace(report.audit, findings=many, against=1)
    source = section(replace(report, audit=audit, finding_examples=shown), "audit")
    assert source.count('<article class="finding">') == 5
    assert '<p class="lead">and 2 more patterns</p>' in source
    assert "Precisions are compared with those of run 1." in source


def test_the_difference_counts_what_a_label_gained_and_lost(report: RunReport) -> None:
    cells = [("before", "41"), ("after", "40"), ("kept", "30"), ("gained", "10"), ("lost", "11")]
    assert list_cells(section(report, "difference"))[:5] == cells
    assert "remark" not in section(report, "difference")


def test_the_biggest_changes_have_a_bar_to_their_side(report: RunReport) -> None:
    assert report.difference is not None
    lost = {**report.difference.changes[0], "change": "lost", "rank_after": None, "share_change": -0.0625}
    before = {**report.difference.before, "model_digest": "d0"}
    changed = replace(report.difference, before=before, changes=[*report.difference.changes, lost])
    source = section(replace(report, difference=changed), "difference")
    # 0.125 is the largest: all of the right half; half as much to the left, a quarter of the bar.
    assert 'data-name="rank">3 → 1</td><td class="measure" data-name="share">+12.50<svg class="bar change"' in source
    assert '<rect class="more" x="50" width="50.0"' in source
    assert 'data-name="rank">3 → –</td><td class="measure" data-name="share">−6.25<svg class="bar change"' in source
    assert '<rect class="less" x="25.0" width="25.0"' in source
    assert "both runs have a model named cnn, but not the same one" in source


def test_no_change(report: RunReport) -> None:
    assert report.difference is not None
    source = section(replace(report, difference=replace(report.difference, changes=[])), "difference")
    assert source.endswith("<h3>Biggest changes</h3><p>No pattern has changed.</p>\n")


def test_faithfulness_has_the_methods_with_half_the_width_of_their_intervals(
    report: RunReport, faithfulness: FaithfulnessReport
) -> None:
    source = section(replace(report, faithfulness=faithfulness), "faithfulness")
    assert '<p class="lead">recommendation: take cam</p>' in source
    cam, order = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", source)
    assert cam.startswith('<bdi>cam</bdi><span class="change">survives a randomised model</span></th>')
    assert order.startswith('<bdi>random order</bdi><span class="change">baseline</span></th>')
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td.*?</td>", cam)]
    assert cells == [*["0.250 ±0.050"] * 2, "0.000 ±0.125", *["0.250 ±0.050"] * 3, "1.5"]
    assert "<li>warning: beware</li>" in source
    hostile = replace(faithfulness, recommendation="<script>", refused=(RefusedMethod("<b>", "<i>"),))
    assert not re.search("<(script|b|i)>", section(replace(report, faithfulness=hostile), "faithfulness"))


def test_a_rule_set_has_what_was_measured_of_it(report: RunReport) -> None:
    new = {**dict.fromkeys(report.rule_sets[0]), "name": "new", "version": 1, "rules": 5}
    source = section(replace(report, rule_sets=[*report.rule_sets, new]), "rules")
    measured = ["Accuracy", "Macro F1", "Coverage"]
    assert list_columns(source) == ["Rule set", "Rules", "Measured on", "Against", *measured]
    assert '<bdi>shop</bdi><span class="change">version 3</span>' in source
    names = ("rules", "measured on", "against", "accuracy", "macro F1", "coverage")
    assert list_cells(source) == [
        *zip(names, ("1,200", "held out", "model", "90.0%", "87.5%", "100%"), strict=True),
        *zip(names, ("5", *"–––––"), strict=True),
    ]
    assert list_columns(section(replace(report, rule_sets=[new]), "rules"))[-1] == "Against"


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


def test_empty_sections_are_left_out_or_say_so(report: RunReport) -> None:
    source = render_report_html(replace(report, difference=None, rule_sets=[]))
    assert '<h2 id="difference">Since the run before</h2>\n<p>It is the first run of the store.</p>' in source
    assert 'id="rules"' not in source


def test_every_link_leads_to_one_place_on_the_page(report: RunReport) -> None:
    seen = Structure(render_report_html(report))
    assert len({*seen.ids}) == len(seen.ids)
    assert {link.removeprefix("#") for link in seen.links} <= {*seen.ids}
    assert {"label-0", "label-1", "main"} <= {*seen.ids}


def test_the_title_names_the_run_the_model_and_the_corpus(report: RunReport) -> None:
    assert report_title(report.run) == "Report of run 2: cnn 7 on reviews"
    assert "<title>Report of run 2: cnn 7 on reviews</title>" in render_report_html(report)
    assert "Run 2 · current · mined 2025-03-01 12:05 UTC" in render_report_html(report)


def test_the_legend_explains_the_numbers(report: RunReport) -> None:
    assert "Precision: of the documents in which a pattern occurs" in render_report_html(report)
    assert "Precision:" not in render_report_html(replace(report, run={**report.run, "matched_documents": None}))


@pytest.mark.parametrize("kind", ["report", "hostile_report"])
def test_the_page_is_one_file_without_scripts(kind: str, request: pytest.FixtureRequest) -> None:
    source = render_report_html(request.getfixturevalue(kind))
    seen = Structure(source)
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & {*seen.tags}
    assert all(link.startswith("#") for link in seen.links)
    assert not re.search(r"url\(|@import|src=", source)
    assert "http" not in re.sub(r"\(http://b\)", "", source)


def test_texts_of_a_corpus_are_harmless(hostile_report: RunReport) -> None:
    source = render_report_html(hostile_report)
    source.encode()
    assert source.count("</style>") == 1
    assert not {*"\0\x1b\u202e"} & {*source}
    # What a person wrote is shown as it is.
    assert HOSTILE_AS_SHOWN in Structure(source).text
