"""Records that end with lines: streamed with their line numbers, and cut into ranges of whole lines."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from pipeline.formats.base import Range
from pipeline.formats.storage import blocks, codec_of, newlines_before, read_range, text_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pipeline.records import CorpusFile, Shard

_SAMPLE = 1 << 20
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def numbered_records(shard: Shard, cut: Callable[[Iterable[bytes]], Iterator[bytes]]) -> Iterator[tuple[int, bytes]]:
    """The shard's records with their ends, each with the 1-based number of the line where it starts.

    `cut` parts blocks of whole lines into records.

    Raises:
        CorpusError: the file cannot be read.
    """
    path = shard.file.path
    if shard.unit == "bytes":
        records = cut(whole_lines(blocks(path, shard.start, shard.stop)))
        return _numbered(records, 1 + newlines_before(shard.file, shard.start))
    return islice(_numbered(cut(whole_lines(blocks(path))), 1), shard.start, shard.stop)


def _numbered(records: Iterator[bytes], number: int) -> Iterator[tuple[int, bytes]]:
    for record in records:
        yield number, record
        number += record.count(b"\n")


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end with a line; only the last may lack its newline."""
    held: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*held, piece[:end]))
            held.clear()
        held.append(piece[end:])
    if rest := b"".join(held):
        yield rest


def each_line(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks of whole lines, parted at newlines and nowhere else; each line keeps its newline."""
    for chunk in chunks:
        yield from (line[0] for line in _LINE.finditer(chunk))


def without_end(line: bytes) -> bytes:
    """A line without its newline or carriage return and newline."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def split_lines(file: CorpusFile, shard_documents: int) -> Iterator[Range]:
    """Ranges of about `shard_documents` lines: of bytes, or of rows where the file is compressed.

    Raises:
        CorpusError: the file cannot be read.
    """
    if codec_of(file.path):
        rows = sum(chunk.count(b"\n") + (not chunk.endswith(b"\n")) for chunk in whole_lines(blocks(file.path)))
        for start in range(0, rows, shard_documents):
            yield Range("rows", start, min(start + shard_documents, rows))
    else:
        for start, stop in pairwise(_cuts(file, shard_documents)):
            yield Range("bytes", start, stop)


def _cuts(file: CorpusFile, shard_documents: int) -> Iterator[int]:
    """Where ranges meet, found by reading a little at evenly spaced places."""
    begin = text_start(file.path)
    sample = read_range(file.path, begin, _SAMPLE)
    lines = max(1, len(_LINE.findall(sample)))
    parts = max(1, round((file.size - begin) * lines / (max(1, len(sample)) * shard_documents)))
    yield (last := begin)
    for part in range(1, parts):
        target = begin + (file.size - begin) * part // parts
        if target > last:
            last = _next_line(file, target)
            if last == file.size:
                break
            yield last
    if file.size > begin:
        yield file.size


def _next_line(file: CorpusFile, position: int) -> int:
    """Where the first line at or after a position starts, or the file's size where there is none."""
    position -= 1
    for piece in blocks(file.path, position, file.size):
        found = piece.find(b"\n")
        if found >= 0:
            return position + found + 1
        position += len(piece)
    return file.size
