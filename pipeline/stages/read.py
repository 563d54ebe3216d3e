"""From a shard to its documents and rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.formats.registry import find_reader

if TYPE_CHECKING:
    from config.sections import Corpus
    from pipeline.records import Shard, ShardDocuments


def read_shard(shard: Shard, corpus: Corpus) -> ShardDocuments:
    """Every record of a shard, once: as a document, or as a reject that says why and where.

    Raises:
        CorpusError: the file cannot be read.
    """
    return find_reader(shard.file.path, corpus.format).read(shard, corpus)
