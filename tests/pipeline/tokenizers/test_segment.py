from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.segment import find_word_starts, load_segmenter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SENTENCES = [
    "小明硕士毕业于中国科学院计算所，后在日本京都大学深造",
    "工信处女干事每月经过下属科室都要亲口交代24口交换机等技术性器件的安装工作",
    "买了iPhone 15 Pro和T恤，花了8,999.50元！！",
    "孩子发烧三天了还咳嗽，要不要去医院看看",
    "ＡＢＣ　全角，繁體中文與简体混排；ひらがな カタカナ 한국어",
    "C++和C#哪个好？看A股、5G、Wi-Fi\t\r\n  结束",
    "👩\u200d👩\u200d👧今天去了𠮷野家",
]

CUTS = {
    "plain": load_segmenter(),
    "hmm": load_segmenter(hmm=True),
    "characters": list,
}


def naive_word_starts(texts: list[str], cut: Callable[[str], list[str]]) -> list[int]:
    """Where the words of each text start, the text being cut alone."""
    found, text_start = [], 0
    for text in texts:
        start = text_start
        for word in cut(text) if text else []:
            found.append(start)
            start += len(word)
        text_start += len(text)
    return found


@pytest.mark.parametrize("sentence", SENTENCES)
def test_rjieba_cuts_as_jieba_does(sentence: str) -> None:
    assert load_segmenter()(sentence) == list(jieba.cut(sentence, HMM=False))


@pytest.mark.parametrize("name", CUTS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_the_words_are_the_text(name: str, data: st.DataObject, texts: Any) -> None:
    for text in data.draw(texts):
        assert "".join(CUTS[name](text)) == text


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize(
    "texts",
    [
        [""],
        ["", ""],
        ["手机", "天气很好"],
        ["手机", "", "天气很好", ""],
        ["", "手机"],
        ["手机\r\n", "\r\n天气"],
        ["手机\r", "\n天气", "\r", "\n", "\r"],
        ["手机\n\n", "\n\n天气"],
        ["   ", " ", "手机 ", " 天气"],
        ["手", "机"],
        ["\n", "\n\n", ""],
    ],
)
def test_words_do_not_cross_texts(name: str, texts: list[str]) -> None:
    assert find_word_starts(texts, CUTS[name]).tolist() == naive_word_starts(texts, CUTS[name])


@pytest.mark.parametrize("name", CUTS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_joint_segmentation_equals_segmentation_of_each_text(name: str, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts.filter(len))
    assert find_word_starts(chosen, CUTS[name]).tolist() == naive_word_starts(chosen, CUTS[name])


def test_a_missing_dictionary_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match=r"missing\.txt: no such user dictionary"):
        load_segmenter(dictionary=str(tmp_path / "missing.txt"))


def test_a_dictionary_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    dictionary = tmp_path / "words.txt"
    dictionary.write_bytes("手机壳 10 n\n".encode("gb18030"))
    with pytest.raises(TokenizerError, match=r"words\.txt: not a jieba user dictionary"):
        load_segmenter(dictionary=str(dictionary))
