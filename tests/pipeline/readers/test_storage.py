from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from camlode.config.errors import CorpusError
from camlode.pipeline.readers import storage
from camlode.pipeline.readers.storage import count_newlines_before, detect_codec, find_text_start, read_blocks
from camlode.pipeline.records import CorpusFile

if TYPE_CHECKING:
    from pathlib import Path

BOM = b"\xef\xbb\xbf"


def _write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def test_blocks_stop_at_the_end_of_the_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "BLOCK_BYTES", 3)
    path = _write(tmp_path, "a.txt", b"0123456789")
    assert list(read_blocks(path, 1, 9)) == [b"123", b"456", b"78"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("one.gz", gzip.compress(b"one\ntwo\n", mtime=0)),
        ("members.gz", gzip.compress(b"one\n", mtime=0) + gzip.compress(b"two\n", mtime=0)),
        ("one.zst", pa.compress(b"one\ntwo\n", codec="zstd", asbytes=True)),
        (
            "frames.zst",
            pa.compress(b"one\n", codec="zstd", asbytes=True) + pa.compress(b"two\n", codec="zstd", asbytes=True),
        ),
        ("UPPER.GZ", gzip.compress(b"one\ntwo\n", mtime=0)),
        ("marked.gz", gzip.compress(BOM + b"one\ntwo\n", mtime=0)),
    ],
)
def test_compressed_files_are_read_as_their_text(tmp_path: Path, name: str, content: bytes) -> None:
    assert b"".join(read_blocks(_write(tmp_path, name, content))) == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.gz", gzip.compress(bytes(range(256)) * 9, mtime=0)[:-20]),
        ("not.gz", b"plain text"),
        ("cut.zst", pa.compress(bytes(range(256)) * 9, codec="zstd", asbytes=True)[:-20]),
    ],
)
def test_a_broken_compressed_file_is_named_in_one_line(tmp_path: Path, name: str, content: bytes) -> None:
    path = _write(tmp_path, name, content)
    with pytest.raises(CorpusError, match=r"\Acannot read .*/(cut|not)\.\w+: .+\Z") as caught:
        list(read_blocks(path))
    assert path in str(caught.value)


def test_an_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("fsspec.open", refuse)
    with pytest.raises(CorpusError, match=r"\Acannot read secret\.txt: .*Permission denied"):
        list(read_blocks("secret.txt"))


@pytest.mark.parametrize(("content", "start"), [(BOM + b"a", 3), (b"a", 0), (BOM[:2], 0), (b"", 0)])
def test_the_text_starts_after_a_byte_order_mark(tmp_path: Path, content: bytes, start: int) -> None:
    path = _write(tmp_path, "a.txt", content)
    assert find_text_start(path) == start
    assert b"".join(read_blocks(path)) == content[start:]


@pytest.mark.parametrize(("position", "lines"), [(0, 0), (1, 0), (2, 1), (4, 2), (5, 3), (9, 4), (10, 5)])
def test_newlines_are_counted_over_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, position: int, lines: int
) -> None:
    monkeypatch.setattr(storage, "BLOCK_BYTES", 4)
    content = b"a\nb\n\nccc\n\n"
    file = CorpusFile(_write(tmp_path, "a.txt", content), len(content))
    assert count_newlines_before(file, position) == lines


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path = _write(tmp_path, "a.txt", b"0123")
    with pytest.raises(CorpusError, match=r"a\.txt has become shorter since the job was planned"):
        list(read_blocks(path, 2, 5))


@pytest.mark.parametrize(
    ("path", "codec"), [("a.gz", "gzip"), ("a.ZST", "zstd"), ("a.csv", None), ("zip://a.gz::b.zip", "gzip")]
)
def test_the_suffix_indicates_the_compression(path: str, codec: str | None) -> None:
    assert detect_codec(path) == codec
