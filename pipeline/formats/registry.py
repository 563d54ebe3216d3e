"""Which format a corpus file has."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from config.errors import CorpusError
from pipeline.formats.delimited import Delimited
from pipeline.formats.jsonl import JsonLines
from pipeline.formats.parquet import Parquet
from pipeline.formats.storage import CODECS, codec_of
from pipeline.formats.text import PlainText

if TYPE_CHECKING:
    from pipeline.formats.base import Format

FORMATS: dict[str, Format] = {
    "parquet": Parquet(),
    "jsonl": JsonLines(),
    "csv": Delimited(","),
    "tsv": Delimited("\t"),
    "text": PlainText(),
}

ENDINGS = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "text",
    ".text": "text",
}


def format_name(path: str) -> str | None:
    """The format that the file's ending tells, or None where the ending is not known."""
    name = PurePosixPath(path.partition("::")[0].lower())
    compressed = codec_of(path) is not None
    found = ENDINGS.get(name.with_suffix("").suffix if compressed else name.suffix)
    return None if compressed and found == "parquet" else found


def format_of(path: str, declared: str = "auto") -> Format:
    """The format of a file: the declared one, or for "auto" the one its ending tells.

    Raises:
        CorpusError: the format is "auto" and the ending is not known.
    """
    name = format_name(path) if declared == "auto" else declared
    if name is None:
        raise CorpusError(
            f"cannot tell the format of {path}: expected a file that ends in {', '.join(ENDINGS)}, "
            f"each but Parquet also with {' or '.join(CODECS)}; rename it or set corpus.format"
        )
    return FORMATS[name]
