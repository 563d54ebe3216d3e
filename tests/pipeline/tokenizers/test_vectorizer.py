"""The ids are those of a real TextVectorization layer, which is asked here."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.tokenizers.vectorizer import VectorizerTokenizer

pytestmark = pytest.mark.slow

LETTERS = "aAbBzZİıßẞÉé中😀\x1c\x1d\x1e\x1f\x85\xa0\u3000\u2028\u200b\ufeff\u0301,-'_"
SPACES_AND_NUL = " \t\n\r\v\f\x00"
VOCABULARY = ["".join(pair) for pair in product(LETTERS, ["", *LETTERS])]
STANDARDIZE = ("lower_and_strip_punctuation", "lower", "strip_punctuation", None)
SPLIT = ("whitespace", "character")
LENGTH = 12


@pytest.fixture(scope="module")
def layers() -> dict[tuple[str | None, str], Any]:
    """A layer for each way of standardizing and splitting."""
    from camlode.pipeline.models.runtime import start_tensorflow

    start_tensorflow()
    import keras

    return {
        (standardize, split): keras.layers.TextVectorization(
            standardize=standardize, split=split, vocabulary=VOCABULARY, output_sequence_length=LENGTH
        )
        for standardize in STANDARDIZE
        for split in SPLIT
    }


def encode_with_layer(layer: Any, texts: list[str]) -> list[list[int]]:
    import tensorflow

    ids = layer(tensorflow.constant([[text] for text in texts])).numpy()
    return [row[row > 0].tolist() for row in ids]


def encode_with_tokenizer(layer: Any, texts: list[str]) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
    """Ids and spans by text."""
    from camlode.pipeline.models.vectorization import read_vectorizer_settings

    tokens = VectorizerTokenizer(read_vectorizer_settings(layer)).encode(texts)
    spans = list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
    bounds = list(pairwise(tokens.offsets.tolist()))
    return [tokens.ids[a:b].tolist() for a, b in bounds], [spans[a:b] for a, b in bounds]


def standardized(text: str, standardize: str | None) -> str:
    """What the layer's vocabulary would hold for this piece of text."""
    if standardize and "lower" in standardize:
        text = "".join(char.lower() if char.isascii() else char for char in text)
    if standardize and "strip" in standardize:
        text = "".join(char for char in text if char not in "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")
    return text


@pytest.mark.parametrize("split", SPLIT)
@pytest.mark.parametrize("standardize", STANDARDIZE)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_ids_are_the_layer_s_and_spans_are_theirs(
    layers: Any, standardize: str | None, split: str, data: st.DataObject
) -> None:
    layer = layers[standardize, split]
    often = st.sampled_from(LETTERS + SPACES_AND_NUL)
    texts = data.draw(st.lists(st.text(st.one_of(often, often, st.characters(codec="utf-8"))), min_size=1, max_size=8))
    ids, spans = encode_with_tokenizer(layer, texts)
    assert ids == encode_with_layer(layer, texts)
    names = layer.get_vocabulary()
    for text, numbers, places in zip(texts, ids, spans, strict=True):
        edges = [edge for span in places for edge in span]
        assert edges == sorted(edges)
        pieces = [standardized(text[start:end], standardize) for start, end in places]
        assert [names[number] for number in numbers] == [piece if piece in names[2:] else "[UNK]" for piece in pieces]


@pytest.mark.parametrize("split", SPLIT)
@pytest.mark.parametrize("standardize", STANDARDIZE)
def test_every_ascii_character_is_treated_as_the_layer_does(layers: Any, standardize: str | None, split: str) -> None:
    layer = layers[standardize, split]
    texts = [f"a{chr(code)}b" for code in range(0x100)]
    assert encode_with_tokenizer(layer, texts)[0] == encode_with_layer(layer, texts)


def test_spans_leave_out_the_punctuation_around_a_token_and_keep_that_within(layers: Any) -> None:
    text = " (a-b)  ... 'İ',z"
    ids, spans = encode_with_tokenizer(layers["lower_and_strip_punctuation", "whitespace"], [text])
    assert [text[start:end] for start, end in spans[0]] == ["a-b", "İ',z"]
    assert [VOCABULARY[number - 2] for number in ids[0]] == ["ab", "İz"]


def test_a_text_longer_than_the_layer_s_output_is_truncated(layers: Any) -> None:
    from camlode.pipeline.models.vectorization import read_vectorizer_settings

    tokenizer = VectorizerTokenizer(read_vectorizer_settings(layers["lower", "whitespace"]))
    tokens = tokenizer.encode(["a " * LENGTH, "a " * (LENGTH + 1), ""])
    assert tokens.offsets.tolist() == [0, LENGTH, 2 * LENGTH, 2 * LENGTH]
    assert tokens.truncated.tolist() == [False, True, False]
