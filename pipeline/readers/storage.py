"""The bytes of a corpus file, local or remote: opened through fsspec, decompressed, read in blocks."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import fsspec
import pyarrow as pa

from camlode.config.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.pipeline.records import CorpusFile

BLOCK_BYTES = 4 << 20
"""Bytes read at a time."""

CODECS = {".gz": "gzip", ".zst": "zstd"}
"""Suffixes of compressed files, and Arrow's names of the codecs."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@contextmanager
def wrap_read_errors(path: str) -> Iterator[None]:
    """Turn errors of opening, reading, decompressing or decoding the file into one line that names it.

    Raises:
        CorpusError: such an error was raised within.
    """
    try:
        yield
    except (OSError, pa.ArrowException) as problem:
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise CorpusError(f"cannot read {path}: {reason}") from problem


def file_changed_error(path: str) -> CorpusError:
    """The error for a file that has become shorter since its shards were planned."""
    return CorpusError(f"{path} has become shorter since the job was planned: start the job again")


def detect_codec(path: str) -> str | None:
    """The codec that the file name's suffix indicates, or None."""
    return CODECS.get(PurePosixPath(path.partition("::")[0]).suffix.lower())


def read_blocks(path: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Read the file's bytes from `start` to `stop`, decompressed, without a byte order mark at its beginning.

    `start` and `stop` are for uncompressed files; compressed ones are read whole.

    Raises:
        CorpusError: the file cannot be read, or ends before `stop`.
    """
    with wrap_read_errors(path), fsspec.open(path, "rb") as raw:
        codec = detect_codec(path)
        stream = pa.CompressedInputStream(raw, codec) if codec else raw
        if start:
            stream.seek(start)
        position = start
        while block := stream.read(BLOCK_BYTES if stop is None else min(BLOCK_BYTES, stop - position)):
            yield block if position else block.removeprefix(_BYTE_ORDER_MARK)
            position += len(block)
    if stop is not None and position < stop:
        raise file_changed_error(path)


def read_range(path: str, start: int, stop: int) -> bytes:
    """Read the file's own bytes from `start` to `stop`, or to its end.

    Raises:
        CorpusError: the file cannot be read.
    """
    with wrap_read_errors(path):
        system, name = fsspec.core.url_to_fs(path)
        return bytes(system.cat_file(name, start, stop))


def find_text_start(path: str) -> int:
    """Position at which the text of an uncompressed file starts: after its byte order mark, if it has one."""
    size = len(_BYTE_ORDER_MARK)
    return size if read_range(path, 0, size) == _BYTE_ORDER_MARK else 0


def count_newlines_before(file: CorpusFile, position: int) -> int:
    """Count the lines of an uncompressed file that end before `position`.

    Raises:
        CorpusError: the file cannot be read.
    """
    full_blocks = position // BLOCK_BYTES
    rest = read_range(file.path, full_blocks * BLOCK_BYTES, position) if position % BLOCK_BYTES else b""
    return sum(_count_block_newlines(file, index) for index in range(full_blocks)) + rest.count(b"\n")


@lru_cache(maxsize=1 << 16)
def _count_block_newlines(file: CorpusFile, index: int) -> int:
    # Cached, so that a process that reads many shards of a large file scans it once and not once for each shard.
    return read_range(file.path, index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES).count(b"\n")
