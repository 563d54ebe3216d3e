from __future__ import annotations

import pytest
import rjieba

from camlode.pipeline.demo.lexicon import (
    ASIDES,
    CLOSERS,
    DOUBLE_FRAMES,
    LEXICON,
    LINKS,
    OPENERS,
    SETTINGS,
    SINGLE_FRAMES,
)

WORDS = [word for words in LEXICON.values() for word in words]
PHRASES = [*OPENERS, *SETTINGS, *SINGLE_FRAMES, *DOUBLE_FRAMES, *LINKS, *ASIDES, *CLOSERS]


def surroundings(word: str) -> list[str]:
    """Every way in which a text surrounds a word up to the next word of the lexicon."""
    return [
        word,
        *(frame.format(word) for frame in SINGLE_FRAMES),
        *(frame.format(*pair) for frame in DOUBLE_FRAMES for pair in ((word, "甲"), ("甲", word))),
        *(before + word for before in [*OPENERS, *SETTINGS, *LINKS]),
        *(word + after for after in [*LINKS, *CLOSERS]),
    ]


def test_the_labels_of_the_issue_are_there():
    assert {"数码", "教育", "旅游", "健康", "情感", "商业", "购物", "就业"} <= LEXICON.keys()
    assert len(LEXICON) == 16


@pytest.mark.parametrize("label", LEXICON)
def test_a_label_has_32_words_of_two_to_four_characters(label: str):
    assert len(LEXICON[label]) == 32
    assert {len(word) for word in LEXICON[label]} <= {2, 3, 4}


def test_no_word_stands_twice():
    assert len(set(WORDS)) == len(WORDS)


def test_no_word_contains_another():
    assert [(long, short) for long in WORDS for short in WORDS if short != long and short in long] == []


def test_no_phrase_contains_a_word():
    assert [(phrase, word) for phrase in PHRASES for word in WORDS if word in phrase] == []


@pytest.mark.parametrize("label", LEXICON)
def test_jieba_keeps_every_word_whole_wherever_it_can_stand(label: str):
    split = [text for word in LEXICON[label] for text in surroundings(word) if rjieba.cut(text, False).count(word) != 1]
    assert split == []
