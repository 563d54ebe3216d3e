from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import fsspec
import pytest

from camlode.config.sections import Corpus
from camlode.pipeline.readers.registry import find_reader
from camlode.pipeline.records import CorpusFile, Shard

if TYPE_CHECKING:
    from camlode.pipeline.readers.base import Range


@dataclass(frozen=True)
class Outcome:
    ranges: list[Range]
    documents: list[dict[str, Any]]
    rejects: list[dict[str, Any]]

    @property
    def texts(self) -> list[str]:
        return [document["text"] for document in self.documents]

    @property
    def reasons(self) -> list[str]:
        return [reject["reason"] for reject in self.rejects]


class ReadFile(Protocol):
    def __call__(self, name: str, content: bytes, shard_documents: int = ..., **settings: Any) -> Outcome: ...


@pytest.fixture(scope="session")
def read_file() -> ReadFile:
    """Splits and reads a file that is kept in memory; paths in places are just its name there."""

    def read(name: str, content: bytes, shard_documents: int = 1000, **settings: Any) -> Outcome:
        path = f"memory://{name}"
        fsspec.filesystem("memory").pipe(f"/{name}", content)
        file, corpus = CorpusFile(path, len(content)), Corpus(paths=[path], **settings)
        found = find_reader(path, corpus.format)
        ranges = list(found.split(file, corpus, shard_documents))
        results = [
            found.read(Shard(f"{number:016x}", number, file, *part), corpus) for number, part in enumerate(ranges)
        ]
        return Outcome(
            ranges,
            [row for result in results for row in result.documents.to_pylist()],
            [row for result in results for row in result.rejects.to_pylist()],
        )

    return read
