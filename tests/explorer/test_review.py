"""Verdicts given on the pages, and rule sets made of them."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from camlode.rules.exports import EXPORTERS
from camlode.rules.rule_file import parse_rules

QUOTED = "\"it's\" & 'so'"
BROKEN = "two\r\nlines"


def read_form(text, index=0):
    """What the page's form for a pattern sends, but for the button."""
    from html import unescape

    found = re.findall(r'name="pattern" value="(.*?)">\s*<input type="hidden" name="back" value="(.*?)">', text)
    return {"pattern": unescape(found[index][0]), "back": unescape(found[index][1])}


def test_a_verdict_from_the_list_is_stored_and_redirects_back(client, store):
    place = "/patterns?label=%E8%B4%A2%E7%BB%8F&q=lines"
    answer = client.post("/reviews", data=read_form(client.get(place).text) | {"verdict": "spurious"})
    assert (answer.status_code, answer.headers["location"]) == (303, place)
    (row,) = store.rows("reviews")
    assert (row["fragment"], row["label"], row["status"]) == (BROKEN, "财经", "spurious")
    assert 'class="spurious" aria-pressed="true"' in client.get(place).text


def test_a_note_and_a_name_are_stored_and_the_name_is_remembered(client, store):
    place = "/pattern?label=%E8%B4%A2%E7%BB%8F&fragment=%E8%82%A1%E7%A5%A8"
    form = read_form(client.get(place).text) | {"note": " a <b>word</b> ", "author": "李 娜; x=y"}
    client.post("/reviews", data=form | {"verdict": "accepted"})
    (row,) = store.rows("reviews")
    assert (row["note"], row["author"]) == ("a <b>word</b>", "李 娜; x=y")
    assert 'value="李 娜; x=y"' in client.get(place).text
    assert "a &lt;b&gt;word&lt;/b&gt;" in client.get("/reviews").text


def test_undoing_restores_the_previous_verdict(client, store):
    for verdict in ("accepted", "rejected", "undo"):
        client.post("/reviews", data={"pattern": json.dumps({"fragment": "股票", "label": "财经"}), "verdict": verdict})
    assert [row["status"] for row in store.rows("reviews")] == ["accepted"]


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"pattern": "nonsense", "verdict": "accepted"}, "expected JSON with a fragment and a label"),
        ({"pattern": '{"fragment": "股票", "label": 1}', "verdict": "accepted"}, "expected JSON"),
        (
            {"pattern": '{"fragment": "股票", "label": "财经"}', "verdict": "acepted"},
            "did you mean &#39;accepted&#39;?",
        ),
        ({"pattern": '{"fragment": "股", "label": "财经"}', "verdict": "accepted"}, "is no pattern of the label"),
        ({"pattern": '{"fragment": "股票", "label": "财经"}', "verdict": "undo"}, "has no review"),
        ({"pattern": '{"fragment": "\\ud800", "label": "财经"}', "verdict": "accepted"}, "is not valid text"),
        ({"pattern": '{"fragment": "股票", "label": "财经"}', "verdict": "accepted", "note": "x" * 2001}, "2,001"),
    ],
)
def test_an_invalid_form_is_refused_in_one_line(client, store, form, problem):
    answer = client.post("/reviews", data=form)
    assert answer.status_code == 400
    assert problem in answer.text
    assert store.rows("reviews") == []


def test_a_review_appears_in_the_audit_at_once(client):
    assert "accepted by a reviewer" not in client.get("/audit").text
    client.post("/reviews", data={"pattern": json.dumps({"fragment": "股票", "label": "财经"}), "verdict": "accepted"})
    assert "1 accepted by a reviewer" in client.get("/audit").text


def test_reviews_are_listed_newest_first_and_replaced_ones_say_so(client):
    for verdict in ("accepted", "rejected"):
        client.post("/reviews", data={"pattern": json.dumps({"fragment": "股票", "label": "财经"}), "verdict": verdict})
    text = client.get("/reviews").text
    assert text.index("✕ rejected") < text.index("✓ accepted")
    assert text.count("replaced") == 1


@pytest.fixture
def accepted_patterns(store):
    """Three patterns of one label and one of another are accepted, one is spurious."""
    for fragment, label in (("股票", "财经"), ("基金001", "财经"), (QUOTED, "财经"), ("房子", "a & <i>b</i>")):
        store.review(fragment, label, "accepted")
    store.review("基金002", "财经", "spurious")


def test_without_an_accepted_pattern_the_page_says_what_to_do(client):
    assert "none is accepted yet" in client.get("/rules").text
    assert client.get("/rules/download").status_code == 400


def test_the_rules_are_those_of_the_accepted_patterns(client, accepted_patterns):
    text = client.get("/rules").text
    assert "4 accepted patterns" in text
    assert "Download 4 rules" in text
    answer = client.get("/rules/download", params={"format": "rules", "fallback": "财经"})
    assert answer.headers["content-disposition"] == 'attachment; filename="rules.json"'
    found = parse_rules(answer.text, "rules.json")
    assert [(rule.label, rule.text) for rule in found.rules] == [
        ("财经", QUOTED),
        ("财经", "股票"),
        ("财经", "基金001"),
        ("a & <i>b</i>", "房子"),
    ]
    assert found.fallback == "财经"
    assert found.provenance["run"] == 2


def test_the_number_of_rules_per_label_is_limited(client, accepted_patterns):
    found = client.get("/rules/download", params={"rules_per_label": "1"}).text
    assert [rule.text for rule in parse_rules(found, "rules.json").rules] == [QUOTED, "房子"]


@pytest.mark.parametrize("name", [name for name in EXPORTERS if name != "grasp"])
def test_the_rules_are_downloaded_in_every_format(client, accepted_patterns, name):
    assert f"format={name}&amp;" in client.get("/rules").text
    answer = client.get("/rules/download", params={"format": name})
    assert answer.status_code == 200
    content = answer.content
    if answer.headers["content-type"] == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"".join(map(archive.read, archive.namelist()))
    assert all(letter.encode() in content or ascii(letter)[1:-1].encode() in content for letter in "房子")
    assert "金002".encode() not in content


def test_formats_that_need_a_store_are_not_offered(client, accepted_patterns):
    assert "grasp" not in client.get("/rules").text
    answer = client.get("/rules/download", params={"format": "grasp"})
    assert answer.status_code == 400
    assert "export the patterns of the store" in answer.text


def test_an_unknown_format_names_a_similar_one(client, accepted_patterns):
    answer = client.get("/rules/download", params={"format": "jsonI"})
    assert answer.status_code == 400
    assert "jsonl" in answer.text


def test_a_rule_set_is_saved_in_the_store(client, store, accepted_patterns):
    answer = client.post("/rules/save", data={"name": "reviewed", "run": "2", "rules_per_label": "1"})
    assert answer.headers["location"] == "/rules?run=2&rules_per_label=1"
    (row,) = store.rows("rule_sets")
    assert (row["name"], row["version"], row["run"], row["rules"]) == ("reviewed", 1, 2, 2)
    assert "reviewed" in client.get("/rules").text
