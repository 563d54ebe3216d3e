from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.tokenizers.jieba_words import JiebaTokenizer
from camlode.pipeline.tokenizers.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path


def cut(text: str, ids: dict[str, int] | None = None, **options: Any) -> list[tuple[int, str]]:
    tokens = JiebaTokenizer(Vocabulary(ids or {}, 1, 0), length=100, **options).encode([text])
    rows = zip(tokens.ids.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    return [(number, text[start:end]) for number, start, end in rows]


def test_words_and_what_is_between_them() -> None:
    ids = {"北京": 2, "，": 3}
    assert cut("我爱北京，iPhone 12", ids) == [(1, "我"), (1, "爱"), (2, "北京"), (3, "，"), (1, "iPhone"), (1, "12")]


def test_space_is_a_token_where_the_vocabulary_has_it() -> None:
    assert cut("手机 \n天气", {" ": 5}) == [(1, "手机"), (5, " "), (1, "天气")]


def test_a_text_is_lower_cased_before_segmentation() -> None:
    # Only the capital T makes one word of T恤.
    assert cut("买T恤") == [(1, "买"), (1, "T恤")]
    assert cut("买T恤", {"t": 2}, lowercase=True) == [(1, "买"), (2, "T"), (1, "恤")]


def test_new_words_are_guessed_if_the_job_says_so() -> None:
    assert [word for _, word in cut("他来到了网易杭研大厦")] == ["他", "来到", "了", "网易", "杭", "研", "大厦"]
    guessed = [word for _, word in cut("他来到了网易杭研大厦", hmm=True)]
    assert guessed == ["他", "来到", "了", "网易", "杭研", "大厦"]


@pytest.mark.parametrize("hmm", [False, True])
def test_a_user_dictionary_keeps_its_words_whole(tmp_path: Path, hmm: bool) -> None:
    dictionary = tmp_path / "words.txt"
    dictionary.write_text("石墨烯电池 10000 n\n", "utf-8")
    assert ("石墨烯电池" in [word for _, word in cut("新的石墨烯电池", hmm=hmm)]) is False
    assert [word for _, word in cut("新的石墨烯电池", dictionary=str(dictionary), hmm=hmm)] == [
        "新",
        "的",
        "石墨烯电池",
    ]
