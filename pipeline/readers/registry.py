"""The readers by format, and the format of a file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from camlode.config.errors import CorpusError
from camlode.pipeline.readers.delimited import DelimitedReader
from camlode.pipeline.readers.jsonl import JsonLinesReader
from camlode.pipeline.readers.lines import PlainTextReader
from camlode.pipeline.readers.parquet import ParquetReader
from camlode.pipeline.readers.storage import CODECS, detect_codec

if TYPE_CHECKING:
    from camlode.pipeline.readers.base import Reader

READERS: dict[str, Reader] = {
    "parquet": ParquetReader(),
    "jsonl": JsonLinesReader(),
    "csv": DelimitedReader(","),
    "tsv": DelimitedReader("\t"),
    "text": PlainTextReader(),
}

FORMAT_SUFFIXES = {
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


def detect_format(path: str) -> str | None:
    """The format that the file name's suffix indicates, or None for an unknown suffix."""
    # fsspec chains URLs with "::", the file itself first.
    name = PurePosixPath(path.partition("::")[0].lower())
    compressed = detect_codec(path) is not None
    format_name = FORMAT_SUFFIXES.get(name.with_suffix("").suffix if compressed else name.suffix)
    return None if compressed and format_name == "parquet" else format_name


def find_reader(path: str, declared: str = "auto") -> Reader:
    """The reader of a file: of the declared format, or for "auto" of the one that its suffix indicates.

    Raises:
        CorpusError: the format is "auto" and the suffix is unknown.
    """
    name = detect_format(path) if declared == "auto" else declared
    if name is None:
        raise CorpusError(
            f"cannot tell the format of {path}: expected a file that ends in {', '.join(FORMAT_SUFFIXES)}, "
            f"each but Parquet also with {' or '.join(CODECS)}; rename it or set corpus.format"
        )
    return READERS[name]
