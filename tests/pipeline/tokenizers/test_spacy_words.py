from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers.spacy_words import SpacyTokenizer
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

IDS = {"cat": 2, "be": 3, "run": 4, ",": 5, "the": 6, "cats": 7, "😀": 8, "  ": 9, "Cats": 10}


@pytest.fixture(scope="module")
def tokenizer() -> Callable[..., SpacyTokenizer]:
    """Makes each tokenizer once."""
    made: dict[Any, SpacyTokenizer] = {}

    def make(*, unknown: int = 1, **options: Any) -> SpacyTokenizer:
        key = (unknown, *sorted(options.items()))
        if key not in made:
            made[key] = SpacyTokenizer(Vocabulary(IDS, unknown, 0), **{"language": "en", "length": 50} | options)
        return made[key]

    return make


def cut(tokenizer: SpacyTokenizer, text: str) -> list[tuple[int, str]]:
    tokens = tokenizer.encode([text])
    rows = zip(tokens.ids.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    return [(number, text[start:end]) for number, start, end in rows]


@pytest.mark.parametrize(
    ("options", "text", "expected"),
    [
        ({}, "The cats, running 😀!", [(2, "cats"), (4, "running"), (8, "😀")]),
        ({"lemmas": False}, "The cats, running", [(7, "cats"), (1, "running")]),
        ({"stop_words": True}, "the cats were", [(6, "the"), (2, "cats"), (3, "were")]),
        ({"punctuation": True}, "the cats, x!", [(2, "cats"), (5, ","), (1, "x"), (1, "!")]),
        ({"lowercase": True}, "THE CATS", [(2, "CATS")]),
        ({}, "Cats", [(10, "Cats")]),
        # A space too many is a token to spaCy.
        ({}, "cats   ran \n x", [(2, "cats"), (9, "  "), (4, "ran"), (1, "x")]),
        ({"unknown": SKIP}, "cats xyz", [(2, "cats")]),
    ],
)
def test_words(tokenizer: Any, options: Any, text: str, expected: list[tuple[int, str]]) -> None:
    assert cut(tokenizer(**options), text) == expected


def test_repeated_words_have_the_same_id(tokenizer: Any) -> None:
    for _ in range(3):
        assert tokenizer().encode(["unheard cats", "cats unheard"]).ids.tolist() == [1, 2, 2, 1]


@pytest.mark.parametrize(("truncation", "expected"), [("post", [2, 4]), ("pre", [4, 8])])
def test_a_long_text_is_cut(tokenizer: Any, truncation: str, expected: list[int]) -> None:
    tokens = tokenizer(length=2, truncation=truncation).encode(["the cats ran 😀", "the"])
    assert tokens.ids.tolist() == expected
    assert tokens.offsets.tolist() == [0, 2, 2]
    assert tokens.truncated.tolist() == [True, False]


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_spans_lie_in_their_text_in_order(tokenizer: Any, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts)
    for text in chosen:
        tokens = tokenizer(stop_words=True, punctuation=True).encode([text])
        edges = [0, *(edge for span in zip(tokens.starts, tokens.ends, strict=True) for edge in span), len(text)]
        assert edges == sorted(edges)
        gaps = "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
        assert gaps.strip() == ""


def test_another_language_has_its_own_lemmas() -> None:
    german = SpacyTokenizer(Vocabulary({"Haus": 2}, 1, 0), language="de", length=5)
    assert cut(german, "die Häuser") == [(2, "Häuser")]


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("qq", "tokenizer.language is 'qq', which spaCy cannot load: "),
        ("zh", "spaCy has no lemmas to look up for tokenizer.language 'zh'; set tokenizer.lemmas to false"),
    ],
)
def test_a_language_without_spacy_support_is_an_error(language: str, message: str) -> None:
    with pytest.raises(TokenizerError, match=f"^{message}") as caught:
        SpacyTokenizer(Vocabulary({}, 1, 0), language=language, length=5)
    assert "\n" not in str(caught.value)
