"""Plain text: a document a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.formats.collector import ShardBuilder
from pipeline.formats.lines import enumerate_records, iterate_lines, plan_line_ranges, strip_newline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.sections import Corpus
    from pipeline.formats.base import Range
    from pipeline.records import CorpusFile, Shard, ShardDocuments


class PlainTextReader:
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
        return plan_line_ranges(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The lines of one range."""
        builder = ShardBuilder(corpus)
        for number, line in enumerate_records(shard, iterate_lines):
            location, raw = f"{shard.file.path}:{number}", strip_newline(line)
            text = builder.decode(location, raw)
            if text is not None:
                builder.add(location, raw, text)
        return builder.finish()
