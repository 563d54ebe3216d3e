from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.pipeline.dry_run.sample import TokenCheck, check_tokens
from camlode.pipeline.records import DOCUMENTS_SCHEMA, Tokens


@dataclass
class LetterTokenizer:
    """A tokenizer of letters: x is unknown, a space is left out, five letters are all that is read."""

    asked: list[str]

    def encode(self, texts: list[str]) -> Tokens:
        self.asked += texts
        cut = [text.replace(" ", "")[:5] for text in texts]
        ids = np.array([1 if letter == "x" else 2 for text in cut for letter in text], np.int32)
        offsets = np.cumsum([0, *map(len, cut)])
        truncated = np.array([len(text.replace(" ", "")) > 5 for text in texts], bool)
        return Tokens(ids, ids, ids, offsets, truncated)


def documents(*texts: str) -> pa.Table:
    rows = [{"id": text, "text": text, "labels": None, "place": ""} for text in texts]
    return pa.Table.from_pylist(rows, schema=DOCUMENTS_SCHEMA)


@pytest.mark.parametrize(
    ("texts", "unknown", "found"),
    [
        (["ab", "abcx", "abcdefg", " "], 1, TokenCheck(4, 0, 5, 1 / 11, 1, 1)),
        (["ab"], None, TokenCheck(1, 2, 2, None, 0, 0)),
        ([" "], 1, TokenCheck(1, 0, 0, 0.0, 0, 1)),
        ([], 1, TokenCheck(0, 0, 0, 0.0, 0, 0)),
    ],
)
def test_what_becomes_of_texts(texts: list[str], unknown: int | None, found: TokenCheck) -> None:
    tokenizer: Any = LetterTokenizer([])
    assert check_tokens(tokenizer, documents(*texts), unknown) == found


def test_ten_are_checked_from_the_first_to_the_last() -> None:
    tokenizer: Any = LetterTokenizer([])
    found = check_tokens(tokenizer, documents(*(str(number) for number in range(91))), None)
    assert found.documents == 10
    assert tokenizer.asked == [str(number) for number in range(0, 91, 10)]
