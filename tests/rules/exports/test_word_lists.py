"""Word lists, jieba's user dictionaries and CountVectorizer's vocabularies."""

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from typing import Any

import jieba
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from camlode.rules.exports import jieba_words
from camlode.rules.exports.texts import vocabulary_lines, word_lines


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


def test_jieba_cuts_the_words_out_whole_by_the_frequencies_that_it_suggests_itself(make_patterns: Any) -> None:
    found = ["我们的", "上市公司的", "iPhone4", "大学生活", "的士", "C++"]
    patterns = make_patterns({"a": found, "b": ["的士", "two words", "图\n", "手机!", "かな"]})
    text = "".join(jieba_words.lines(patterns))
    written, frequencies, tags = zip(*(line.split(" ") for line in text.splitlines()), strict=True)
    assert (list(written), set(tags)) == (found, {"nz"})
    assert patterns.left_out == {"a character at which jieba always cuts": 4}
    told, asked = jieba.Tokenizer(), jieba.Tokenizer()
    assert told.lcut("我们的", HMM=False) == ["我们", "的"]
    told.load_userdict(StringIO(text))
    assert [told.lcut(word, HMM=False) for word in found] == [[word] for word in found]
    asked.load_userdict(StringIO("\n".join(found)))
    assert [asked.FREQ[word] for word in found] == list(map(int, frequencies))


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
