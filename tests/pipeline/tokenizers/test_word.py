from __future__ import annotations

import pytest

from camlode.pipeline.tokenizers.vocabulary import Vocabulary
from camlode.pipeline.tokenizers.word import WordTokenizer


def words(text: str) -> list[str]:
    tokens = WordTokenizer(Vocabulary({}, 1, 0), length=100).encode([text])
    return [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cat, the dog.", ["The", "cat", "the", "dog"]),
        ("don't it’s 'quoted' rock 'n' roll", ["don't", "it’s", "quoted", "rock", "n", "roll"]),
        ("well-known 3.5 snake_case", ["well", "known", "3", "5", "snake_case"]),
        ("cafe\u0301 nai\u0308ve", ["cafe\u0301", "nai\u0308ve"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("שָׁלוֹם עֲלֵיכֶם", ["שָׁלוֹם", "עֲלֵיכֶם"]),
        ("می\u200cخواهم بروم", ["می\u200cخواهم", "بروم"]),
        ("手机 天气", ["手机", "天气"]),
        ("𝐀𝐁 😀 x\u3000y\x85z", ["𝐀𝐁", "x", "y", "z"]),
        ("... \u0301 !", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(("text", "number"), [("ΟΔΟΣ", 2), ("İstanbul", 3), ("STRAẞE", 4)])
def test_a_word_is_looked_up_in_lower_case(text: str, number: int) -> None:
    ids = {"οδος": 2, "i\u0307stanbul": 3, "straße": 4}
    tokens = WordTokenizer(Vocabulary(ids, 1, 0), length=5, lowercase=True).encode([text])
    assert (tokens.ids.tolist(), tokens.ends.tolist()) == ([number], [len(text)])
