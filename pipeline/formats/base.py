"""What every corpus format can do: split a file into ranges before anything runs, and read one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.sections import Corpus
    from pipeline.records import CorpusFile, RangeUnit, Shard, ShardDocuments


class Range(NamedTuple):
    """A part of a file, from `start` up to `stop`, in rows or bytes."""

    unit: RangeUnit
    start: int
    stop: int


class Reader(Protocol):
    """A kind of corpus file."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of about `shard_documents` records that cover the file once, in order.

        Raises:
            CorpusError: the file cannot be read, or lacks a column that the corpus names.
        """
        ...

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The records of one range, each either a document or a reject.

        Raises:
            CorpusError: the file cannot be read.
        """
        ...
