from __future__ import annotations

import gzip
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config.errors import CorpusError
from camlode.pipeline.readers import lines, storage
from camlode.pipeline.readers.base import Range
from camlode.pipeline.readers.lines import align_to_lines, iterate_lines, plan_line_ranges, strip_newline
from camlode.pipeline.records import CorpusFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import ReadFile


def _file(content: bytes, name: str = "lines.txt") -> CorpusFile:
    fsspec.filesystem("memory").pipe(f"/{name}", content)
    return CorpusFile(f"memory://{name}", len(content))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("a\n\r", max_size=6).map(str.encode), max_size=6))
def test_whole_lines_keep_every_byte_and_end_with_lines(pieces: list[bytes]) -> None:
    chunks = list(align_to_lines(pieces))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(chunk.endswith(b"\n") for chunk in chunks[:-1])
    assert all(chunks)


def test_lines_end_at_newlines_and_nowhere_else() -> None:
    text = "a\x0bb\x0cc\x1cd\x85e\u2028f\rg\n\nh"
    assert list(iterate_lines([text.encode()])) == [text.split("\n")[0].encode() + b"\n", b"\n", b"h"]


@pytest.mark.parametrize(
    ("line", "content"), [(b"a\n", b"a"), (b"a\r\n", b"a"), (b"a", b"a"), (b"\r\r\n", b"\r"), (b"\n", b"")]
)
def test_a_line_end_is_one_newline_with_its_carriage_return(line: bytes, content: bytes) -> None:
    assert strip_newline(line) == content


def test_even_lines_are_cut_evenly() -> None:
    ranges = list(plan_line_ranges(_file(b"abcd\n" * 100), 20))
    assert ranges == [Range("bytes", start, start + 100) for start in range(0, 500, 100)]


@settings(max_examples=60, deadline=None)
@given(st.text("ab\n", min_size=1, max_size=40).map(str.encode), st.integers(1, 5))
def test_ranges_cover_the_file_and_end_with_lines(content: bytes, shard_documents: int) -> None:
    ranges = list(plan_line_ranges(_file(content), shard_documents))
    assert ranges[0].start == 0
    assert ranges[-1].stop == len(content)
    assert all(left.stop == right.start for left, right in pairwise(ranges))
    assert all(content[part.stop - 1 : part.stop] == b"\n" for part in ranges[:-1])
    assert all(part.start < part.stop for part in ranges)


def test_a_long_line_stays_in_one_range() -> None:
    content = b"a\n" * 10 + b"b" * 1000 + b"\n" + b"a\n" * 10
    ranges = list(plan_line_ranges(_file(content), 2))
    assert any(part.start <= 20 and part.stop >= 1021 for part in ranges)
    assert ranges[-1].stop == len(content)


def test_planning_reads_a_small_part_of_a_long_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_SAMPLE_BYTES", 1 << 10)
    monkeypatch.setattr(storage, "BLOCK_BYTES", 1 << 8)
    file = _file(b"0123456789abcde\n" * 4096)
    read: list[int] = []
    monkeypatch.setattr(lines, "read_blocks", lambda *where: map(_record_sizes(read), storage.read_blocks(*where)))
    ranges = list(plan_line_ranges(file, 1024))
    assert [part.stop - part.start for part in ranges] == [1 << 14] * 4
    assert sum(read) <= 3 << 8


def _record_sizes(sizes: list[int]) -> Callable[[bytes], bytes]:
    def note(block: bytes) -> bytes:
        sizes.append(len(block))
        return block

    return note


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_a_file_without_text_has_no_range(content: bytes) -> None:
    assert list(plan_line_ranges(_file(content), 2)) == []
    assert list(plan_line_ranges(_file(gzip.compress(content), "lines.txt.gz"), 2)) == []


@pytest.mark.parametrize(("content", "stops"), [(b"a\nb\nc\n", [2, 3]), (b"a\nb\nc", [2, 3]), (b"\n\n\n\n", [2, 4])])
def test_compressed_files_are_cut_by_rows(content: bytes, stops: list[int]) -> None:
    ranges = list(plan_line_ranges(_file(gzip.compress(content), "rows.txt.gz"), 2))
    assert ranges == [Range("rows", start, stop) for start, stop in zip([0, 2], stops, strict=True)]


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
