from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, EncodedShard, ShardDocuments, Tokens
from camlode.pipeline.stages.encode import encode
from camlode.pipeline.tokenizers.char import CharTokenizer
from camlode.pipeline.tokenizers.vocabulary import SKIP, Vocabulary
from tests.factories import encode_texts, make_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KNOWN = CharTokenizer(Vocabulary({"手": 2, "机": 3, "😀": 4}, SKIP, 0), length=3)


@pytest.fixture
def encoded() -> Callable[[Sequence[str]], EncodedShard]:
    def make(texts: Sequence[str]) -> EncodedShard:
        before = pa.Table.from_pylist(
            [{"id": "bad", "place": "p", "reason": "null_text", "extract": ""}], schema=REJECTS_SCHEMA
        )
        return encode(ShardDocuments(make_documents(texts), before), KNOWN, context=20)

    return make


def test_documents_without_a_token_are_rejected_and_the_others_keep_their_tokens(encoded: Any) -> None:
    shard = encoded(["x", "手机", "yz", "a机", "机手机手", "。"])
    assert shard.documents["id"].to_pylist() == ["id1", "id3", "id4"]
    assert shard.tokens.ids.tolist() == [2, 3, 3, 3, 2, 3]
    assert shard.tokens.starts.tolist() == [0, 1, 1, 0, 1, 2]
    assert shard.tokens.offsets.tolist() == [0, 2, 3, 6]
    assert shard.tokens.truncated.tolist() == [False, False, True]
    assert shard.rejects.to_pylist() == [
        {"id": "bad", "place": "p", "reason": "null_text", "extract": ""},
        {"id": "id0", "place": "corpus:0", "reason": "no_tokens", "extract": "x"},
        {"id": "id2", "place": "corpus:2", "reason": "no_tokens", "extract": "yz"},
        {"id": "id5", "place": "corpus:5", "reason": "no_tokens", "extract": "。"},
    ]


class _WithSpecialTokens:
    """[CLS], the text's last two characters, [SEP]."""

    length = 4

    def encode(self, texts: Sequence[str]) -> Tokens:
        sizes = [len(text) for text in texts]
        places = [place for size in sizes for place in (size - 2, size - 2, size - 1, size)]
        ends = [place for size in sizes for place in (size - 2, size - 1, size, size)]
        ids, offsets = np.tile([2, 5, 6, 3], len(texts)), np.arange(len(texts) + 1) * 4
        columns = (np.array(column, dtype=np.int32) for column in (ids, places, ends))
        return Tokens(*columns, offsets, np.ones(len(texts), dtype=np.bool_))


def test_windows_include_special_tokens() -> None:
    documents = ShardDocuments(make_documents(["x" * 100, "手机"]), REJECTS_SCHEMA.empty_table())
    assert encode(documents, _WithSpecialTokens(), context=30).windows.tolist() == [[68, 100], [0, 2]]


@pytest.mark.parametrize("texts", [[], ["x", "y"]])
def test_a_shard_without_any_token(encoded: Any, texts: list[str]) -> None:
    shard = encoded(texts)
    assert (shard.documents.num_rows, shard.rejects.num_rows) == (0, 1 + len(texts))
    assert (shard.documents.schema, shard.rejects.schema) == (DOCUMENTS_SCHEMA, REJECTS_SCHEMA)
    assert shard.tokens.offsets.tolist() == [0]
    assert shard.windows.shape == (0, 2)


def test_a_reject_has_the_first_200_characters(encoded: Any) -> None:
    assert encoded(["𠮷" * 300]).rejects["extract"].to_pylist() == ["", "𠮷" * 200]


@pytest.mark.parametrize(
    ("truncation", "context", "window"),
    [
        ("post", 30, [0, 40]),
        ("pre", 30, [60, 100]),
        # Less would cut the word that the last token is in.
        ("post", 0, [0, 30]),
        ("pre", 19, [70, 100]),
        ("post", 1000, [0, 100]),
    ],
)
def test_the_window_of_a_long_text_has_its_tokens_and_a_margin(
    truncation: str, context: int, window: list[int]
) -> None:
    shard = encode_texts(["😀" * 100, "手机"], length=10, truncation=truncation, context=context)
    assert shard.windows.tolist() == [window, [0, 2]]
