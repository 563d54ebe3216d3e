"""What holds for every tokenizer, and how they are made from the job's settings."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Tokenizer as TokenizerSettings
from camlode.config.errors import TokenizerError
from camlode.pipeline.tokenizers import Vocabulary, load_vocabulary_info, make_tokenizer
from camlode.pipeline.tokenizers.vectorizer import VectorizerSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.records import Tokens

NAMES = ("char", "jieba", "word")
UNKNOWN = 1


def list_spans(tokens: Tokens) -> list[list[tuple[int, int, int]]]:
    """Id, start and end of each token, by document."""
    rows = list(zip(tokens.ids.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
    return [rows[start:end] for start, end in pairwise(tokens.offsets.tolist())]


def encoded(name: Any, texts: Sequence[str], ids: dict[str, int], *, length: int = 100, **options: Any) -> Tokens:
    unknown = options.pop("unknown", UNKNOWN)
    job = TokenizerSettings(name=name, vocabulary="given", **options)
    vocabulary = Vocabulary(ids, -1 if unknown == "skip" else unknown, 0)
    return make_tokenizer(job, length=length, vocabulary=vocabulary).encode(texts)


def is_left_out(name: str, char: str) -> bool:
    """Whether a tokenizer may have no token for this character."""
    if name == "word":
        return not char.isalnum()
    return name == "jieba" and char.isspace()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_each_token_has_its_characters_and_no_text_is_lost(name: str, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts)
    found = list_spans(encoded(name, chosen, {"nothing": 0}))
    pieces = [text[start:end] for text, spans in zip(chosen, found, strict=True) for _, start, end in spans]
    ids = {piece: number for number, piece in enumerate(dict.fromkeys(pieces), start=2)}
    for text, spans in zip(chosen, list_spans(encoded(name, chosen, ids | {"nothing": 0})), strict=True):
        assert [number for number, _, _ in spans] == [ids[text[start:end]] for _, start, end in spans]
        edges = [0, *(edge for _, start, end in spans for edge in (start, end)), len(text)]
        assert edges == sorted(edges)
        assert all(start < end for _, start, end in spans)
        gaps = "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
        assert all(is_left_out(name, char) for char in gaps)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_encoding_several_texts_equals_encoding_each(name: str, data: st.DataObject, texts: Any) -> None:
    chosen = data.draw(texts)
    options: dict[str, Any] = {"length": data.draw(st.integers(1, 5)), "lowercase": data.draw(st.booleans())}
    together = encoded(name, chosen, {"a": 2}, **options)
    alone = [encoded(name, [text], {"a": 2}, **options) for text in chosen]
    assert list_spans(together) == [list_spans(tokens)[0] for tokens in alone]
    assert together.truncated.tolist() == [tokens.truncated[0] for tokens in alone]


@pytest.mark.parametrize("name", NAMES)
def test_types_of_tokens(name: str) -> None:
    for texts in ([], ["", "ab"]):
        tokens = encoded(name, texts, {"a": 2})
        assert [tokens.ids.dtype, tokens.starts.dtype, tokens.ends.dtype] == [np.int32] * 3
        assert tokens.offsets.dtype == np.int64
        assert tokens.truncated.dtype == np.bool_
        assert len(tokens.offsets) == len(texts) + 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("truncation", "kept"), [("post", [(2, 0, 1), (3, 2, 3)]), ("pre", [(3, 2, 3), (4, 4, 5)])])
def test_a_long_text_is_cut_at_its_end_or_its_beginning(
    name: str, truncation: str, kept: list[tuple[int, int, int]]
) -> None:
    ids = {"a": 2, "b": 3, "c": 4}
    tokens = encoded(name, ["a b c", "c", "", "a b"], ids, length=2, truncation=truncation, unknown="skip")
    assert list_spans(tokens) == [kept, [(4, 0, 1)], [], [(2, 0, 1), (3, 2, 3)]]
    assert tokens.truncated.tolist() == [True, False, False, False]


@pytest.mark.parametrize("name", NAMES)
def test_skipped_tokens_take_no_position(name: str) -> None:
    tokens = encoded(name, ["x a y a", "x y"], {"a": 2}, length=2, unknown="skip")
    assert list_spans(tokens) == [[(2, 2, 3), (2, 6, 7)], []]
    assert tokens.truncated.tolist() == [False, False]


@pytest.mark.parametrize("name", NAMES)
def test_case_matters_unless_the_job_says_otherwise(name: str) -> None:
    ids = {"a": 2, "ß": 3}
    assert [number for number, _, _ in list_spans(encoded(name, ["A ẞ"], ids, unknown="skip"))[0]] == []
    lowered = encoded(name, ["A ẞ"], ids, unknown="skip", lowercase=True)
    assert list_spans(lowered) == [[(2, 0, 1), (3, 2, 3)]]


def test_the_vectorizer_without_a_layer_is_an_error() -> None:
    with pytest.raises(TokenizerError, match="no TextVectorization layer"):
        make_tokenizer(TokenizerSettings(name="vectorizer"), length=5)


def test_the_vectorizer_has_its_own_length() -> None:
    layer = VectorizerSettings(
        {"a": 2}, unknown=1, lowercase=True, strip_punctuation=True, by_character=False, length=7
    )
    tokenizer = make_tokenizer(TokenizerSettings(name="vectorizer"), length=5, vectorizer=layer)
    assert tokenizer.length == 7


def test_the_vocabulary_is_read_from_the_job_s_file(tmp_path: Any) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("<PAD>\n<UNK>\n手\n机\n", "utf-8")
    tokenizer = make_tokenizer(TokenizerSettings(vocabulary=str(file)), length=5)
    assert tokenizer.encode(["机手x"]).ids.tolist() == [3, 2, 1]


def test_options_of_spacy_reach_it() -> None:
    ids = {"the": 2, "cats": 3, ",": 4}
    options = {"language": "en", "lemmas": False, "stop_words": True, "punctuation": True}
    tokens = encoded("spacy", ["The cats, the"], ids, length=3, lowercase=True, **options)
    assert list_spans(tokens) == [[(2, 0, 3), (3, 4, 8), (4, 8, 9)]]


@pytest.mark.parametrize(("unknown", "expected"), [(None, (3, 2, 1)), ("skip", (3, 2, None)), (9, (9, 2, 9))])
def test_vocabulary_info_of_a_file(tmp_path: Any, unknown: int | str | None, expected: tuple[int, int, Any]) -> None:
    file = tmp_path / "vocabulary.txt"
    file.write_text("a\n<UNK>\nb\nc\n", "utf-8")
    job = TokenizerSettings(vocabulary=str(file), unknown=unknown, padding_token="b")
    assert load_vocabulary_info(job) == expected


@pytest.mark.parametrize(("ids", "largest"), [({"a": 2, "b": 5}, 5), ({}, 1)])
def test_vocabulary_info_of_a_vectorizer(ids: dict[str, int], largest: int) -> None:
    layer = VectorizerSettings(ids, unknown=1, lowercase=True, strip_punctuation=True, by_character=False, length=7)
    assert load_vocabulary_info(TokenizerSettings(name="vectorizer"), layer) == (largest, 0, 1)
