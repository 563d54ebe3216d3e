from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import RulesError
from camlode.rules.exports import spacy_patterns
from camlode.rules.exports.sources import patterns_from_rules
from camlode.rules.rule_set import Rule, RuleSet

ENGLISH = [
    "My ELECTRIC CAR is no electric carpet: an electric  car, an electric\ncar",
    "I don't like self-made tools, DON'T LIKE self - made ones",
    "What's the U.S. price? $5 (five), $ 5, 5$ and $5.",
    "",
]
CHINESE = ["苹果手机很贵", "手 机", "买了iPhone 4手机和IPHONE  4", "手机(图)手机", "图👩‍💻 图\n图", ""]


def load_ruler(text: str, language: str, ruler: str) -> Any:
    nlp = spacy.blank(language)
    nlp.add_pipe(ruler).add_patterns([json.loads(line) for line in text.splitlines()])
    return nlp


def spans(nlp: Any, texts: list[str]) -> set[tuple[int, str, int, int]]:
    found = set()
    for number, doc in enumerate(nlp.pipe(texts)):
        found |= {(number, span.id_, span.start_char, span.end_char) for span in doc.spans["ruler"]}
    return found


@pytest.mark.parametrize(
    ("language", "fragments", "texts"),
    [
        ("en", ["electric car", "Electric", "don't like", "self-made", "$5", "U.S.", "the", "five", "(five)"], ENGLISH),
        ("zh", ["手机", "苹果手机", "果手", "iPhone 4", "(图)", "图", "图\n图", "👩‍💻", "图👩‍💻 图"], CHINESE),
    ],
)
def test_spacy_finds_what_the_matcher_finds(
    make_patterns: Any, find_matches: Any, language: str, fragments: list[str], texts: list[str]
) -> None:
    patterns = make_patterns({"a": fragments[::2], "b": fragments[1::2]})
    nlp = load_ruler("".join(spacy_patterns.lines(patterns)), language, "span_ruler")
    found = spans(nlp, texts)
    assert found == find_matches(patterns, texts)
    assert {span_id for _, span_id, _, _ in found} == {pattern.id for pattern in patterns}


def test_case_counts_where_the_rules_say_so(make_patterns: Any, find_matches: Any) -> None:
    patterns = make_patterns({"a": ["Apple", "the"]}, fold=False)
    nlp = load_ruler("".join(spacy_patterns.lines(patterns)), "en", "span_ruler")
    texts = ["The apple, the Apple"]
    assert spans(nlp, texts) == find_matches(patterns, texts, fold=False)


def test_an_entity_ruler_has_labels_and_ids(make_patterns: Any) -> None:
    lines = spacy_patterns.lines(make_patterns({"产品": ["手机"], "food": ["苹果"]}))
    doc = load_ruler("".join(lines), "zh", "entity_ruler")("苹果手机")
    assert [(each.text, each.label_, each.ent_id_) for each in doc.ents] == [
        ("苹果", "food", "1/food/1"),
        ("手机", "产品", "1/产品/1"),
    ]


def test_a_token_says_whether_a_space_follows_and_each_way_of_cutting_has_a_line(make_patterns: Any) -> None:
    first, second, third = map(json.loads, spacy_patterns.lines(make_patterns({"a": ["Electric car", "can't"]})))
    assert first == {
        "label": "a",
        "pattern": [{"LOWER": "electric", "SPACY": True}, {"LOWER": "car"}],
        "id": "1/a/1",
    }
    assert second["pattern"] == [{"LOWER": "ca", "SPACY": False}, {"LOWER": "n't"}]
    # spaCy cuts CAN'T not at all.
    assert third["pattern"] == [{"LOWER": "can't"}]
    assert second["id"] == third["id"] == "1/a/2"


BLANK = spacy.blank("zh")


@settings(deadline=None)
@given(st.text(alphabet="a 图\n\t😀\u3000", min_size=1, max_size=8))
def test_a_character_is_a_token_as_in_spacy(text: str) -> None:
    rules = RuleSet("multiclass", ("a",), (Rule("1", "a", text, {}),), {}, fold=False)
    patterns = replace(patterns_from_rules(rules, "rules.json"), language="zh")
    (line,) = spacy_patterns.lines(patterns)
    tokens = [(token.text, bool(token.whitespace_)) for token in BLANK.tokenizer(text)]
    found = json.loads(line)["pattern"]
    assert [token["TEXT"] for token in found] == [text for text, _ in tokens]
    assert [token["SPACY"] for token in found[:-1]] == [spaced for _, spaced in tokens[:-1]]


@pytest.mark.parametrize(
    ("fragments", "language"),
    [(["手机", "car"], "zh"), (["手机", "car", "the"], "en"), (["ไทย"], "zh"), (["!", "мир"], "en")],
)
def test_the_language_is_what_most_fragments_are_in(fragments: list[str], language: str) -> None:
    assert spacy_patterns.guess_language(fragments) == language


def test_a_language_that_spacy_lacks_is_refused(make_patterns: Any) -> None:
    patterns = replace(make_patterns({"a": ["car"]}), language="xq")
    with pytest.raises(RulesError, match=r"spaCy has no language 'xq' here: .*xq"):
        next(spacy_patterns.lines(patterns))


def test_without_spacy_characters_still_go(make_patterns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    assert len(list(spacy_patterns.lines(make_patterns({"a": ["手机"]})))) == 1
    with pytest.raises(RulesError, match=r"is not installed: pip install 'camlode\[spacy\]', or --language zh"):
        next(spacy_patterns.lines(make_patterns({"a": ["phone"]})))
