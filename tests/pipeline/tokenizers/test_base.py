from __future__ import annotations

import sys

import pytest

from camlode.pipeline.tokenizers.base import Span, to_lowercase, tokens_from_spans


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", ""), ("ÀB", "àb"), ("ẞß", "ßß"), ("ΟΔΟΣ", "οδος"), ("İstanbul", "İstanbul"), ("AİB", "aİb")],
)
def test_lower_case(text: str, expected: str) -> None:
    assert to_lowercase(text) == expected


def test_lower_case_keeps_every_character_in_its_place() -> None:
    changed = [code for code in range(sys.maxunicode + 1) if len(to_lowercase(chr(code))) != 1]
    assert changed == []


def test_tokenization_stops_once_a_text_is_too_long() -> None:
    spans = (Span(number, number, number + 1) for number in range(1000))
    tokens = tokens_from_spans([spans], length=2, truncation="post")
    assert tokens.ids.tolist() == [0, 1]
    assert tokens.truncated.tolist() == [True]
    assert next(spans).id == 3
