from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from sklearn.feature_extraction.text import CountVectorizer

from camlode.rules.exports.texts import json_lines, vocabulary_lines, word_lines

HOSTILE = ["=1+2", "@sum", "-1", 'a "b", c', "line\nfeed", "\r", "\u2028", "\x1b[31m", "图"]


def test_json_lines_are_lines_for_every_reader(make_patterns: Any) -> None:
    text = "".join(json_lines(make_patterns({"a": HOSTILE})))
    rows = [json.loads(line) for line in text.splitlines()]
    assert [row["fragment"] for row in rows] == HOSTILE
    assert rows[0] == {"id": "1/a/1", "label": "a", "fragment": "=1+2", "weights": {"a": 2.0}, "documents": 7}


def test_words_of_several_labels_stand_below_them(make_patterns: Any) -> None:
    patterns = make_patterns({"food": ["apple", "a b"], "none": [], "two\nlines": ["手机", "apple"]})
    assert "".join(word_lines(patterns)) == "==> food <==\napple\na b\n\n==> two lines <==\n手机\napple\n"


def test_words_of_one_label_stand_alone(make_patterns: Any) -> None:
    patterns = make_patterns({"food": ["apple"], "tech": ["手机", "phone"]}, label="tech")
    assert "".join(word_lines(patterns)) == "手机\nphone\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x85", "\u2028", "\u2029"])
def test_what_is_no_line_is_left_out(make_patterns: Any, end: str) -> None:
    patterns = make_patterns({"food": [f"a{end}b", f"{end}", "apple"]})
    assert "".join(word_lines(patterns)).splitlines() == ["==> food <==", "apple"]
    assert patterns.left_out == {"a line break": 2}


ENGLISH = ["the Electric CAR and the car", "No electric car", "cars"]
CHINESE = ["苹果手机和手机", "图", "iphone 4手机"]


@pytest.mark.parametrize(
    ("fragments", "texts", "options"),
    [
        (["Car", "electric car", "the", "x"], ENGLISH, {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"}),
        (["手机", "苹果手机", "图", "iPhone 4"], CHINESE, {"analyzer": "char", "ngram_range": (1, 8)}),
    ],
)
def test_the_vectorizer_counts_what_the_matcher_finds(
    make_patterns: Any, find_matches: Any, fragments: list[str], texts: list[str], options: dict[str, Any]
) -> None:
    patterns = make_patterns({"a": fragments})
    vectorizer = CountVectorizer(vocabulary=json.loads("".join(vocabulary_lines(patterns))), **options)
    counts = vectorizer.fit_transform(texts).toarray().tolist()
    found = Counter((text, number) for text, number, _, _ in find_matches(patterns, texts))
    ids = [pattern.id for pattern in patterns]
    assert counts == [[found[text, each] for each in ids] for text in range(len(texts))]


def test_a_term_of_several_labels_has_one_column(make_patterns: Any) -> None:
    patterns = make_patterns({"a": ["Apple", "\u2028"], "b": ["apple", "pear"]})
    assert json.loads("".join(vocabulary_lines(patterns))) == {"apple": 0, "\u2028": 1, "pear": 2}


def test_terms_keep_their_case_where_it_counts(make_patterns: Any) -> None:
    patterns = make_patterns({"a": ["Apple"], "b": ["apple"]}, fold=False)
    assert json.loads("".join(vocabulary_lines(patterns))) == {"Apple": 0, "apple": 1}
