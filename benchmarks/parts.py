"""The real corpora: how each is read, and which of its rows are for training and which for testing."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Corpus:
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
class Parts:
    """Training rows, test rows, and the file that holds the latter."""

    training: pd.DataFrame
    test: pd.DataFrame
    test_file: Path


CORPORA = (
    Corpus("thucnews10", length=32, epochs=4, tokenizer="char"),
    Corpus("goemotions", length=40, epochs=5, separator="|"),
    Corpus("imdb_cad", length=320, epochs=8),
    Corpus("tweet_sent_extract", length=40, epochs=4, split=20),
)


def read_parts(corpus: Corpus, data: Path, folder: Path) -> Parts:
    """The rows to train on and those to test; a test part that is split off is written into `folder`."""
    rows = pd.read_parquet(data / f"{corpus.name}-train.parquet")
    if not corpus.split:
        test_file = data.absolute() / f"{corpus.name}-test.parquet"
        return Parts(rows, pd.read_parquet(test_file), test_file)
    training, test = divided(rows[["id", "text", "label", "rationales"]], corpus.split)
    test_file = folder.absolute() / "test.parquet"
    test.to_parquet(test_file, index=False)
    return Parts(training, test, test_file)


def divided(rows: pd.DataFrame, percent: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows without about `percent` % of them, and these: chosen by a hash of the id, so always the same."""
    chosen = rows["id"].map(lambda name: zlib.crc32(name.encode()) % 100 < percent)
    return rows[~chosen].reset_index(drop=True), rows[chosen].reset_index(drop=True)
