"""CSV and TSV: a header row, then a record a row; a quoted field may hold newlines."""
# MERGED: Where the records of delimited text end: at each newline that stands in no quoted field.

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
"""Most bytes of a record with several lines: a longer one has a quote that never closes, and is cut off."""


def split_quoted_records(chunks: Iterable[bytes], delimiter: str, limit: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """Records with their newlines, from blocks of whole lines; the last may lack its newline.

    A quote opens a field only where a field starts, and a doubled quote does not close one. A record over
    `limit` bytes ends with the line that takes it there. So records do not depend on the blocks they come in.
    """
    record = _compile_record_pattern(delimiter)
    buffered = b""
    for chunk in chunks:
        data, start = buffered + chunk, 0
        while start < len(data):
            found = record.match(data, start)
            end = found.end() if found else len(data)
            if end - start > limit:
                end = data.find(b"\n", start + limit) + 1 or len(data)
            elif not found:
                break
            yield data[start:end]
            start = end
        buffered = data[start:]
    if buffered:
        yield buffered


def _compile_record_pattern(delimiter: str) -> re.Pattern[bytes]:
    """A whole record. Each part is possessive, so that a quote that stays open costs one pass."""
    plain = rf"[^{delimiter}\n]*+"
    field = rf'(?:"[^"]*+(?:""[^"]*+)*+"{plain}|(?!"){plain})'
    return re.compile(rf"{field}(?:{delimiter}{field})*+(?:\n|\Z)".encode())


# The module's own limit, of 128 KiB, would refuse long texts.
csv.field_size_limit(MAX_RECORD_BYTES)


@dataclass(frozen=True, slots=True)
class DelimitedReader:
    """Rows of fields between delimiters, quoted as in RFC 4180; blank lines are no records."""

    delimiter: str

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of `shard_documents` rows, found in one pass: of bytes, or of rows where compressed.

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
        """The rows of one range; one with more or fewer fields than the header is a reject."""
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
        name = row[corpus.id] if corpus.id else None
        builder.add(location, raw, row[corpus.text], name, row[corpus.label] if corpus.label else None)

    def _parse_fields(self, record: str) -> list[str] | None:
        """The fields of one record, or None where its quotes or line ends are broken."""
        try:
            return next(csv.reader((record,), delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None

    def _read_header(self, path: str) -> list[str] | None:
        """The names of the columns, or None where the file holds nothing."""
        first = next(split_quoted_records(align_to_lines(read_blocks(path)), self.delimiter), None)
        if first is None:
            return None
        fields = self._parse_fields(first.decode("utf-8", "replace"))
        if fields is None:
            raise CorpusError(
                f"{path} has a broken header row: expected names of columns, {make_extract(strip_newline(first))!r} came"
            )
        return fields

    def _find_boundaries(self, path: str, shard_documents: int) -> Iterator[tuple[int, int]]:
        """Where ranges meet, as (rows, bytes) before it: after the header, after each range, at the end."""
        begin = 0 if detect_codec(path) else find_text_start(path)
        records = split_quoted_records(align_to_lines(read_blocks(path, begin)), self.delimiter)
        row, end = 0, begin
        for row, end in enumerate(accumulate(map(len, records), initial=begin)):
            if row and (row - 1) % shard_documents == 0:
                yield row, end
        if row and (row - 1) % shard_documents:
            yield row, end
