"""CSV and TSV: a header row, then one record for each row; a quoted field may contain newlines.

A record ends at the first newline outside quotes, so only a pass from the start of the file finds where records begin:
planning makes this pass, and ranges always start at a record. The split is by a regular expression and not by the csv
module because a range is read by bytes, and because a malformed row must become a reject with its location and bytes,
while the csv module reports neither.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.base import Range, RejectReason, ShardBuilder, check_columns, make_extract
from camlode.pipeline.readers.lines import align_to_lines, enumerate_records, strip_newline
from camlode.pipeline.readers.storage import detect_codec, find_text_start, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from camlode.config.sections import Corpus
    from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments

MAX_RECORD_BYTES = 64 << 20
"""Maximum size of a record of several lines: in a longer one a quote is never closed, so it ends there."""

# The csv module's default limit, 128 KiB, rejects long texts.
csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True, slots=True)
class DelimitedReader:
    """Reader of rows of delimited fields, quoted as in RFC 4180; blank lines are not records."""

    delimiter: str

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Split into ranges of `shard_documents` rows in one pass: ranges of bytes, or of rows if compressed.

        Raises:
            CorpusError: the file cannot be read, or lacks a column that the corpus names.
        """
        header = self._read_header(file.path)
        if header is None:
            return
        check_columns(file.path, header, corpus)
        compressed = detect_codec(file.path) is not None
        for start, stop in pairwise(self._find_boundaries(file.path, shard_documents)):
            if compressed:
                yield Range("rows", start[0], stop[0])
            else:
                yield Range("bytes", start[1], stop[1])

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """Read the rows of one range; a row with more or fewer fields than the header is a reject."""
        builder = ShardBuilder(corpus)
        header = self._read_header(shard.file.path) or []
        for number, raw in enumerate_records(shard, partial(split_quoted_records, delimiter=self.delimiter)):
            if raw.strip(b"\r\n"):
                self._add_record(builder, f"{shard.file.path}:{number}", strip_newline(raw), header, corpus)
        return builder.finish()

    def _add_record(self, builder: ShardBuilder, location: str, raw: bytes, header: list[str], corpus: Corpus) -> None:
        line = builder.decode(location, raw)
        if line is None:
            return
        fields = self._parse_fields(line)
        if fields is None or len(fields) != len(header):
            builder.reject(location, raw, RejectReason.BROKEN_CSV)
            return
        row = dict(zip(header, fields, strict=True))
        document_id = row[corpus.id] if corpus.id else None
        builder.add(location, raw, row[corpus.text], document_id, row[corpus.label] if corpus.label else None)

    def _parse_fields(self, record: str) -> list[str] | None:
        """The fields of one record, or None where its quotes or line ends are malformed."""
        try:
            return next(csv.reader((record,), delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None

    def _read_header(self, path: str) -> list[str] | None:
        """The names of the columns, or None for an empty file."""
        first = next(split_quoted_records(align_to_lines(read_blocks(path)), self.delimiter), None)
        if first is None:
            return None
        fields = self._parse_fields(first.decode("utf-8", "replace"))
        if fields is None:
            raise CorpusError(
                f"{path} has a malformed header row: expected column names, got {make_extract(strip_newline(first))!r}"
            )
        return fields

    def _find_boundaries(self, path: str, shard_documents: int) -> Iterator[tuple[int, int]]:
        """Boundaries of ranges as (rows, bytes) before them: after the header, between ranges, at the end."""
        begin = 0 if detect_codec(path) else find_text_start(path)
        records = split_quoted_records(align_to_lines(read_blocks(path, begin)), self.delimiter)
        row, end = 0, begin
        for row, end in enumerate(accumulate(map(len, records), initial=begin)):
            if row and (row - 1) % shard_documents == 0:
                yield row, end
        if row and (row - 1) % shard_documents:
            yield row, end


def split_quoted_records(chunks: Iterable[bytes], delimiter: str, limit: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """Split blocks of whole lines into records with their newlines; the last record may lack its newline.

    A quote opens a quoted field only at the start of a field; a doubled quote does not close it. A record of more than
    `limit` bytes ends with the line in which it exceeds them. How the bytes are split into blocks makes no difference.
    """
    record = _compile_record_pattern(delimiter)
    buffered = b""
    for chunk in chunks:
        data, start = buffered + chunk, 0
        while start < len(data):
            match = record.match(data, start)
            end = match.end() if match else len(data)
            # Without a limit one stray quote would swallow the rest of the file as a single record.
            if end - start > limit:
                end = data.find(b"\n", start + limit) + 1 or len(data)
            elif not match:
                break  # a quoted field goes on in the next block
            yield data[start:end]
            start = end
        buffered = data[start:]
    if buffered:
        yield buffered


def _compile_record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """Pattern of a whole record. Each field matches in one way only, so an open quote costs one pass."""
    # Groups are not possessive: with possessive groups Python 3.11.2 (Debian 12) ends a record within quotes.
    plain = rf"[^{delimiter}\n]*+"
    field = rf'(?:"[^"]*+(?:""[^"]*+)*"(?!"){plain}|(?!"){plain})'
    return re.compile(rf"{field}(?:{delimiter}{field})*(?:\n|\Z)".encode())
