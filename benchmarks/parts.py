"""The real corpora: how each is read, and which of its rows are for training and which for testing."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class BenchmarkCorpus:
    """A corpus and how its classifier reads it; `separator` parts a document's labels where it may have several.

    `split`: the percentage of the training file that is the test part, 0 where the corpus has a test file.
    """

    name: str
    length: int
    epochs: int
    tokenizer: str = "word"
    separator: str | None = None
    split: int = 0


@dataclass(frozen=True)
class CorpusSplit:
    """Training rows, test rows, and the file that holds the latter."""

    training: pd.DataFrame
    test: pd.DataFrame
    test_file: Path


CORPORA = (
    BenchmarkCorpus("thucnews10", length=32, epochs=4, tokenizer="char"),
    BenchmarkCorpus("goemotions", length=40, epochs=5, separator="|"),
    BenchmarkCorpus("imdb_cad", length=320, epochs=8),
    BenchmarkCorpus("tweet_sent_extract", length=40, epochs=4, split=20),
)


def read_split(corpus: BenchmarkCorpus, data: Path, folder: Path) -> CorpusSplit:
    """The rows to train on and those to test; a test part that is split off is written into `folder`."""
    rows = pd.read_parquet(data / f"{corpus.name}-train.parquet")
    if not corpus.split:
        test_file = data.absolute() / f"{corpus.name}-test.parquet"
        return CorpusSplit(rows, pd.read_parquet(test_file), test_file)
    training, test = split_rows(rows[["id", "text", "label", "rationales"]], corpus.split)
    test_file = folder.absolute() / "test.parquet"
    test.to_parquet(test_file, index=False)
    return CorpusSplit(training, test, test_file)


def split_rows(rows: pd.DataFrame, percent: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows without about `percent` % of them, and these: chosen by a hash of the id, so always the same."""
    chosen = rows["id"].map(lambda name: zlib.crc32(name.encode()) % 100 < percent)
    return rows[~chosen].reset_index(drop=True), rows[chosen].reset_index(drop=True)
