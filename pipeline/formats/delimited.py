"""CSV and TSV: a header row, then a record a row; a quoted field may hold newlines."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.formats.base import Range
from pipeline.formats.collector import Collector
from pipeline.formats.columns import check_columns
from pipeline.formats.lines import numbered_records, whole_lines, without_end
from pipeline.formats.quoting import RECORD_LIMIT, quoted_records
from pipeline.formats.storage import blocks, codec_of, text_start
from pipeline.formats.values import Reason, extract_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.sections import Corpus
    from pipeline.records import CorpusFile, Shard, ShardDocuments

# The module's own limit, of 128 KiB, would refuse long texts.
csv.field_size_limit(RECORD_LIMIT)


@dataclass(frozen=True, slots=True)
class Delimited:
    """Rows of fields between delimiters, quoted as in RFC 4180; blank lines are no records."""

    delimiter: str

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of `shard_documents` rows, found in one pass: of bytes, or of rows where compressed.

        Raises:
            CorpusError: the file cannot be read, or lacks a column that the corpus names.
        """
        header = self._header(file.path)
        if header is None:
            return
        check_columns(file.path, header, corpus)
        compressed = codec_of(file.path) is not None
        for start, stop in pairwise(self._marks(file.path, shard_documents)):
            if compressed:
                yield Range("rows", start[0], stop[0])
            else:
                yield Range("bytes", start[1], stop[1])

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The rows of one range; one with more or fewer fields than the header is a reject."""
        collector = Collector(corpus)
        header = self._header(shard.file.path) or []
        for number, raw in numbered_records(shard, partial(quoted_records, delimiter=self.delimiter)):
            if raw.strip(b"\r\n"):
                self._take(collector, f"{shard.file.path}:{number}", without_end(raw), header, corpus)
        return collector.finish()

    def _take(self, collector: Collector, place: str, raw: bytes, header: list[str], corpus: Corpus) -> None:
        line = collector.decoded(place, raw)
        if line is None:
            return
        fields = self._fields(line)
        if fields is None or len(fields) != len(header):
            collector.reject(place, raw, Reason.BROKEN_CSV)
            return
        row = dict(zip(header, fields, strict=True))
        name = row[corpus.id] if corpus.id else None
        collector.add(place, raw, row[corpus.text], name, row[corpus.label] if corpus.label else None)

    def _fields(self, record: str) -> list[str] | None:
        """The fields of one record, or None where its quotes or line ends are broken."""
        try:
            return next(csv.reader((record,), delimiter=self.delimiter, strict=True))
        except csv.Error:
            return None

    def _header(self, path: str) -> list[str] | None:
        """The names of the columns, or None where the file holds nothing."""
        first = next(quoted_records(whole_lines(blocks(path)), self.delimiter), None)
        if first is None:
            return None
        fields = self._fields(first.decode("utf-8", "replace"))
        if fields is None:
            raise CorpusError(
                f"{path} has a broken header row: expected names of columns, {extract_of(without_end(first))!r} came"
            )
        return fields

    def _marks(self, path: str, shard_documents: int) -> Iterator[tuple[int, int]]:
        """Where ranges meet, as (rows, bytes) before it: after the header, after each range, at the end."""
        begin = 0 if codec_of(path) else text_start(path)
        records = quoted_records(whole_lines(blocks(path, begin)), self.delimiter)
        row, end = 0, begin
        for row, end in enumerate(accumulate(map(len, records), initial=begin)):
            if row and (row - 1) % shard_documents == 0:
                yield row, end
        if row and (row - 1) % shard_documents:
            yield row, end
