"""Clean JSON Lines, parsed by Arrow in one go: many times as fast as line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from pipeline.formats.arrow_rows import to_shard_documents
from pipeline.formats.storage import BLOCK_BYTES, count_newlines_before, read_blocks

if TYPE_CHECKING:
    from config.sections import Corpus
    from pipeline.records import Shard, ShardDocuments

_READ_OPTIONS = json.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
_LABEL_TYPES = (pa.string(), pa.list_(pa.string()))
_MAX_LINE_BYTES = 1000
"""Bytes of a line: a longer one could nest deeper, or hold a longer number, than Python's parser takes."""
# Arrow takes some of these where Python doesn't.
_NON_FINITE_NUMBER = re.compile(rb"(?:NaN|Inf|Infinity)[\s,\]}]")


def read_with_arrow(shard: Shard, corpus: Corpus) -> ShardDocuments | None:
    """The documents of a range of bytes where each line is a document of strings; None where any line may not be.

    Raises:
        CorpusError: the file cannot be read.
    """
    data = b"".join(read_blocks(shard.file.path, shard.start, shard.stop))
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    table = _parse_table(data, corpus) if _are_objects(data, lines) and _is_plain(data) else None
    if table is None or table.num_rows != lines:
        return None
    numbers = pa.array(np.arange(lines) + 1 + count_newlines_before(shard.file, shard.start)).cast(pa.string())
    found = to_shard_documents(table, pc.binary_join_element_wise(shard.file.path, numbers, ":"), corpus)
    return None if found.rejects.num_rows else found


def _is_plain(data: bytes) -> bool:
    """Whether all of it is UTF-8, and nothing in it that Arrow's parser may take and Python's not."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    if (b"NaN" in data or b"Inf" in data) and _NON_FINITE_NUMBER.search(data):
        return False
    return max(map(len, data.split(b"\n"))) <= _MAX_LINE_BYTES


def _are_objects(data: bytes, lines: int) -> bool:
    """Whether each line begins and ends with a brace: none can then go on in the next; each holds an object or more."""
    ends = data.count(b"}\n") + data.count(b"}\r\n") + data.endswith(b"}")
    return data.startswith(b"{") and data.count(b"\n{") == lines - 1 and ends == lines


def _parse_table(data: bytes, corpus: Corpus) -> pa.Table | None:
    for label in _LABEL_TYPES if corpus.label else _LABEL_TYPES[:1]:
        types = {corpus.label: label, corpus.id: pa.string(), corpus.text: pa.large_string()}
        schema = pa.schema([(name, kind) for name, kind in types.items() if name])
        parsing = json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        try:
            return json.read_json(pa.BufferReader(data), _READ_OPTIONS, parsing)
        except pa.ArrowInvalid:
            continue
    return None
