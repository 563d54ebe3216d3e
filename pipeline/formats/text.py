"""Plain text: a document a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.formats.collector import Collector
from pipeline.formats.lines import each_line, numbered_records, split_lines, without_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.sections import Corpus
    from pipeline.formats.base import Range
    from pipeline.records import CorpusFile, Shard, ShardDocuments


class PlainText:
    """Every line is a record, also an empty one; what follows the last newline only if it is not empty."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of about `shard_documents` lines.

        Raises:
            CorpusError: the corpus names an id or label column, which plain text cannot have.
        """
        for setting, column in (("corpus.id", corpus.id), ("corpus.label", corpus.label)):
            if column is not None:
                raise CorpusError(
                    f"{file.path} is plain text and has no column {column!r} ({setting}): "
                    "leave it unset, or give a Parquet, JSON Lines, CSV or TSV file"
                )
        return split_lines(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The lines of one range."""
        collector = Collector(corpus)
        for number, line in numbered_records(shard, each_line):
            place, raw = f"{shard.file.path}:{number}", without_end(line)
            text = collector.decoded(place, raw)
            if text is not None:
                collector.add(place, raw, text)
        return collector.finish()
