from __future__ import annotations

import time

import pytest

from camlode.pipeline.tokenizers.char import CharTokenizer
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary

IDS = {"<PAD>": 0, "<UNK>": 1, "手": 2, "机": 3, "😀": 4, "\u0301": 5, "e": 6, "ς": 7, "σ": 8, "İ": 9, "i": 10}
VOCABULARY = Vocabulary(IDS, unknown=1, padding=0)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("手机", [2, 3]),
        ("😀手", [4, 2]),
        ("e\u0301", [6, 5]),
        ("é", [1]),
        ("\x00\r\n", [1, 1, 1]),
        ("<PAD>", [1, 1, 1, 1, 1]),
    ],
)
def test_every_code_point_is_a_token(text: str, ids: list[int]) -> None:
    tokens = CharTokenizer(VOCABULARY, length=10).encode([text])
    assert tokens.ids.tolist() == ids
    assert tokens.starts.tolist() == list(range(len(text)))
    assert tokens.ends.tolist() == list(range(1, len(text) + 1))


def test_spans_count_from_each_text_s_own_beginning() -> None:
    tokens = CharTokenizer(Vocabulary(IDS, SKIP, 0), length=10).encode(["x手", "", "机机"])
    assert tokens.ids.tolist() == [2, 3, 3]
    assert tokens.starts.tolist() == [1, 0, 1]
    assert tokens.offsets.tolist() == [0, 1, 1, 3]


@pytest.mark.parametrize(("text", "ids"), [("ΣΣ Σ", [8, 7, 1, 8]), ("İE", [9, 6]), ("I", [10])])
def test_lower_case_is_that_of_the_whole_text(text: str, ids: list[int]) -> None:
    assert CharTokenizer(VOCABULARY, length=10, lowercase=True).encode([text]).ids.tolist() == ids


def test_ten_megabytes_take_less_than_a_second() -> None:
    tokenizer = CharTokenizer(VOCABULARY, length=50)
    text = "手机😀" * 1_000_000
    began = time.process_time()
    tokens = tokenizer.encode([text])
    assert time.process_time() - began < 1
    assert tokens.ids.tolist() == [2, 3, 4] * 16 + [2, 3]
    assert tokens.truncated.tolist() == [True]
