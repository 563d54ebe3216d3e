from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import ReadFile

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".zst": lambda content: bytes(pa.compress(content, codec="zstd", asbytes=True)),
}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("shard_documents", [1, 2, 100])
def test_every_line_is_a_record(read_file: ReadFile, ending: str, shard_documents: int) -> None:
    content = "\ufeff买手机\r\n\n \u3000\nb\u2028c\n".encode() + b"\xe4\xb8\n" + b"last"
    path = f"memory://a.txt{ending}"
    outcome = read_file(f"a.txt{ending}", PACKERS[ending](content), shard_documents)
    assert [(document["text"], document["place"]) for document in outcome.documents] == [
        ("买手机", f"{path}:1"),
        ("b\u2028c", f"{path}:4"),
        ("last", f"{path}:6"),
    ]
    assert [document["id"] for document in outcome.documents] == [f"{path}:{line}" for line in (1, 4, 6)]
    assert outcome.rejects == [
        {"id": None, "place": f"{path}:2", "reason": "empty_text", "extract": ""},
        {"id": None, "place": f"{path}:3", "reason": "blank_text", "extract": " \u3000"},
        {"id": None, "place": f"{path}:5", "reason": "invalid_utf8", "extract": "\\xe4\\xb8"},
    ]


@pytest.mark.parametrize("setting", ["id", "label"])
def test_plain_text_has_no_columns(read_file: ReadFile, setting: str) -> None:
    with pytest.raises(CorpusError, match=rf"a\.txt is plain text and has no column 'x' \(corpus\.{setting}\)"):
        read_file("a.txt", b"a\n", **dict[str, Any]({setting: "x"}))


@settings(max_examples=80, deadline=None)
@given(st.text("a \n\r", max_size=30), st.integers(1, 5), st.sampled_from(list(PACKERS)))
def test_any_shard_size_reads_the_same(read_file: ReadFile, text: str, shard_documents: int, ending: str) -> None:
    outcome = read_file(f"any.txt{ending}", PACKERS[ending](text.encode()), shard_documents)
    lines = [line.removesuffix("\r") for line in text.split("\n")[: None if text.rpartition("\n")[2] else -1]]
    assert outcome.texts == [line for line in lines if line.strip()]
    assert [reject["extract"] for reject in outcome.rejects] == [line for line in lines if not line.strip()]
