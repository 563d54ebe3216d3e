"""Shards of a few texts whose tokens are characters, and what a model might say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, EncodedShard, Importances, ShardDocuments
from camlode.pipeline.stages.encode import encode
from camlode.pipeline.tokenizers.char import CharTokenizer
from camlode.pipeline.tokenizers.vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _documents(texts: Sequence[str], gold: Sequence[list[str] | None] | None = None) -> pa.Table:
    numbers = range(len(texts))
    columns = {
        "id": [f"id{number}" for number in numbers],
        "text": list(texts),
        "labels": [None for _ in numbers] if gold is None else list(gold),
        "place": [f"corpus:{number}" for number in numbers],
    }
    return pa.table(columns, schema=DOCUMENTS_SCHEMA)


def _encoded(
    texts: Sequence[str],
    gold: Sequence[list[str] | None] | None = None,
    *,
    length: int = 1000,
    context: int = 20,
    truncation: Any = "post",
) -> EncodedShard:
    tokenizer = CharTokenizer(Vocabulary({}, unknown=1, padding=0), length=length, truncation=truncation)
    return encode(ShardDocuments(_documents(texts, gold), REJECTS_SCHEMA.empty_table()), tokenizer, context=context)


def _importances(
    pairs: Sequence[tuple[int, int, Sequence[int]]],
    *,
    invalid: Sequence[int] = (),
    padding: Sequence[int] = (),
    residuals: Sequence[float] = (),
) -> Importances:
    return Importances(
        documents=np.array([document for document, _, _ in pairs], dtype=np.int32),
        labels=np.array([label for _, label, _ in pairs], dtype=np.int32),
        probabilities=np.ones(len(pairs), dtype=np.float32),
        values=np.array([value for _, _, values in pairs for value in values], dtype=np.int64),
        offsets=np.cumsum([0, *(len(values) for _, _, values in pairs)]),
        padding=np.array(padding or [0] * len(pairs), dtype=np.int64),
        residuals=np.array(residuals or [np.nan] * len(pairs), dtype=np.float32),
        invalid=np.array(invalid, dtype=np.int32),
    )


@pytest.fixture(scope="session")
def make_documents() -> Callable[..., pa.Table]:
    """Makes a table of the schema DOCUMENTS from texts and gold labels; ids are id0, id1 …, places corpus:0 …"""
    return _documents


@pytest.fixture(scope="session")
def encoded_shard() -> Callable[..., EncodedShard]:
    """Makes a shard of texts, a token a character."""
    return _encoded


@pytest.fixture(scope="session")
def make_importances() -> Callable[..., Importances]:
    """Makes importances from pairs of document, label and the values of the document's tokens."""
    return _importances
