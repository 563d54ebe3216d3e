"""The read stage: a shard → its documents, and its rejects with their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.readers.registry import find_reader

if TYPE_CHECKING:
    from camlode.config.sections import Corpus
    from camlode.pipeline.records import Shard, ShardDocuments


def read_shard(shard: Shard, corpus: Corpus) -> ShardDocuments:
    """Read every record of a shard once: as a document, or as a reject with its reason and location.

    Raises:
        CorpusError: the file cannot be read.
    """
    return find_reader(shard.file.path, corpus.format).read(shard, corpus)
