"""Files of lines: plain text, with one document for each line, and what readers of other line formats share.

A plan divides the bytes of a file evenly and moves each boundary to the start of the next line, so no range begins or
ends in the middle of a line.
"""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.base import Range, ShardBuilder
from camlode.pipeline.readers.storage import (
    count_newlines_before,
    detect_codec,
    find_text_start,
    read_blocks,
    read_range,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from camlode.config.sections import Corpus
    from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments

_SAMPLE_BYTES = 1 << 20
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


class PlainTextReader:
    """Reader of plain text: every line is a record, even an empty one, but not an empty rest after the last newline."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Split into ranges of about `shard_documents` lines.

        Raises:
            CorpusError: the corpus names an id or label column, which plain text cannot have.
        """
        for setting, column in (("corpus.id", corpus.id), ("corpus.label", corpus.label)):
            if column is not None:
                raise CorpusError(
                    f"{file.path} is plain text and has no column {column!r} ({setting}): "
                    "leave it unset, or give a Parquet, JSON Lines, CSV or TSV file"
                )
        return plan_line_ranges(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """Read the lines of one range."""
        builder = ShardBuilder(corpus)
        for number, line in enumerate_records(shard, iterate_lines):
            location, raw = f"{shard.file.path}:{number}", strip_newline(line)
            text = builder.decode(location, raw)
            if text is not None:
                builder.add(location, raw, text)
        return builder.finish()


def enumerate_records(
    shard: Shard, split_records: Callable[[Iterable[bytes]], Iterator[bytes]]
) -> Iterator[tuple[int, bytes]]:
    """The shard's records with their newlines, each with the 1-based number of its first line.

    `split_records` splits blocks of whole lines into records.

    Raises:
        CorpusError: the file cannot be read.
    """
    path = shard.file.path
    if shard.unit == "bytes":
        # Line numbers count from the start of the file, so the newlines before the range are counted first.
        records = split_records(align_to_lines(read_blocks(path, shard.start, shard.stop)))
        return _number_records(records, 1 + count_newlines_before(shard.file, shard.start))
    # A compressed stream cannot be entered in the middle: its ranges count records, and each reads from the start.
    return islice(_number_records(split_records(align_to_lines(read_blocks(path))), 1), shard.start, shard.stop)


def _number_records(records: Iterator[bytes], number: int) -> Iterator[tuple[int, bytes]]:
    for record in records:
        yield number, record
        number += record.count(b"\n")


def align_to_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Regroup blocks, which may end anywhere, into blocks of whole lines; only the last may lack its newline."""
    buffered: list[bytes] = []
    for piece in pieces:
        end = piece.rfind(b"\n") + 1
        if end:
            yield b"".join((*buffered, piece[:end]))
            buffered.clear()
        buffered.append(piece[end:])
    if rest := b"".join(buffered):
        yield rest


def iterate_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Split blocks of whole lines at b"\\n" alone; each line keeps its newline."""
    for chunk in chunks:
        yield from (line[0] for line in _LINE.finditer(chunk))


def strip_newline(line: bytes) -> bytes:
    """Remove the newline, or carriage return and newline, from the end of a line."""
    return line.removesuffix(b"\n").removesuffix(b"\r")


def plan_line_ranges(file: CorpusFile, shard_documents: int) -> Iterator[Range]:
    """Plan ranges of about `shard_documents` lines: ranges of bytes, or of rows if the file is compressed.

    Raises:
        CorpusError: the file cannot be read.
    """
    if detect_codec(file.path):
        rows = sum(chunk.count(b"\n") + (not chunk.endswith(b"\n")) for chunk in align_to_lines(read_blocks(file.path)))
        for start in range(0, rows, shard_documents):
            yield Range("rows", start, min(start + shard_documents, rows))
    else:
        for start, stop in pairwise(_find_boundaries(file, shard_documents)):
            yield Range("bytes", start, stop)


def _find_boundaries(file: CorpusFile, shard_documents: int) -> Iterator[int]:
    """Boundaries of ranges: evenly spaced positions, each moved to the start of the next line."""
    begin = find_text_start(file.path)
    sample = read_range(file.path, begin, _SAMPLE_BYTES)
    # The number of lines is estimated from a sample: counting them would read the whole file before the job starts.
    lines = max(1, len(_LINE.findall(sample)))
    parts = max(1, round((file.size - begin) * lines / (max(1, len(sample)) * shard_documents)))
    yield (last := begin)
    for part in range(1, parts):
        target = begin + (file.size - begin) * part // parts
        if target > last:
            last = _find_next_line(file, target)
            if last == file.size:
                break
            yield last
    if file.size > begin:
        yield file.size


def _find_next_line(file: CorpusFile, position: int) -> int:
    """Start of the first line at or after `position`, or the file's size where there is none."""
    position -= 1  # a line that starts at the position itself follows the newline before it
    for piece in read_blocks(file.path, position, file.size):
        newline = piece.find(b"\n")
        if newline >= 0:
            return position + newline + 1
        position += len(piece)
    return file.size
