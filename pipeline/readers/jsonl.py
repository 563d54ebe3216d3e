"""JSON Lines: one object for each line.

Ranges in which every line is well formed are parsed by Arrow at once, many times as fast as line by line. Arrow fails
as a whole on a malformed line, and accepts some that Python's parser does not, so a range in which any line may be
unusual is read line by line. Both ways give the same records.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from camlode.pipeline.readers.arrow_rows import to_shard_documents
from camlode.pipeline.readers.base import RejectReason, ShardBuilder, check_columns
from camlode.pipeline.readers.lines import (
    align_to_lines,
    enumerate_records,
    iterate_lines,
    plan_line_ranges,
    strip_newline,
)
from camlode.pipeline.readers.storage import BLOCK_BYTES, count_newlines_before, read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from camlode.config.sections import Corpus
    from camlode.pipeline.readers.base import Range
    from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments

_READ_OPTIONS = arrow_json.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
_LABEL_TYPES = (pa.string(), pa.list_(pa.string()))
_MAX_LINE_BYTES = 1000
"""Maximum bytes of a line that Arrow parses: a longer one may nest deeper than Python accepts, or hold a longer
number."""
# Arrow accepts spellings of these that Python does not.
_NON_FINITE_NUMBER = re.compile(rb"(?:NaN|Inf|Infinity)[\s,\]}]")
_CHECKED_LINES = 100
"""Lines whose keys are checked before the job runs."""


class JsonLinesReader:
    """Reader of files with a JSON object on each line; blank lines are not records."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Split into ranges of about `shard_documents` lines.

        Raises:
            CorpusError: the file cannot be read, or none of its first objects has a key that the corpus names.
        """
        _check_first_objects(file, corpus)
        return plan_line_ranges(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """Read the objects of one range; a line that is not an object is a reject."""
        if shard.unit == "bytes" and (clean := read_with_arrow(shard, corpus)) is not None:
            return clean
        builder = ShardBuilder(corpus)
        for number, line in enumerate_records(shard, iterate_lines):
            raw = strip_newline(line)
            if raw.strip(b" \t\r"):
                _add_record(builder, f"{shard.file.path}:{number}", raw, corpus)
        return builder.finish()


def _check_first_objects(file: CorpusFile, corpus: Corpus) -> None:
    """Raise a CorpusError for a key that none of the first objects has; a key missing from some is no error.

    Gold labels are not checked, since they may start further down.
    """
    lines = islice(iterate_lines(align_to_lines(read_blocks(file.path))), _CHECKED_LINES)
    keys = {key for line in lines for key in _read_keys(line)}
    if keys:
        check_columns(file.path, sorted(keys), corpus.model_copy(update={"label": None}))


def _read_keys(line: bytes) -> Iterable[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ()  # the reader rejects it, with its location
    return record if isinstance(record, dict) else ()


def _add_record(builder: ShardBuilder, location: str, raw: bytes, corpus: Corpus) -> None:
    line = builder.decode(location, raw)
    if line is None:
        return
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        builder.reject(location, raw, RejectReason.BROKEN_JSON)
        return
    if not isinstance(record, dict):
        builder.reject(location, raw, RejectReason.NOT_AN_OBJECT)
        return
    name = record.get(corpus.id) if corpus.id else None
    labels = record.get(corpus.label) if corpus.label else None
    text = record.get(corpus.text)
    # The line itself is UTF-8, so only an escape can contain half of a surrogate pair.
    if "\\u" in line and not _is_encodable((text, name, labels)):
        builder.reject(location, raw, RejectReason.LONE_SURROGATE)
    elif corpus.text not in record:
        builder.reject(location, raw, RejectReason.MISSING_TEXT, name)
    else:
        builder.add(location, raw, text, name, labels)


def _is_encodable(values: object) -> bool:
    try:
        json.dumps(values, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def read_with_arrow(shard: Shard, corpus: Corpus) -> ShardDocuments | None:
    """Read a range of bytes in which every line is an object of strings; return None if any line may be another.

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
    """Whether the data is UTF-8 without anything that Arrow's parser may accept and Python's does not."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    if (b"NaN" in data or b"Inf" in data) and _NON_FINITE_NUMBER.search(data):
        return False
    return max(map(len, data.split(b"\n"))) <= _MAX_LINE_BYTES


def _are_objects(data: bytes, lines: int) -> bool:
    """Whether each line begins and ends with a brace, so that no object continues on the next line.

    A line may still hold several objects, which the number of parsed rows shows.
    """
    ends = data.count(b"}\n") + data.count(b"}\r\n") + data.endswith(b"}")
    return data.startswith(b"{") and data.count(b"\n{") == lines - 1 and ends == lines


def _parse_table(data: bytes, corpus: Corpus) -> pa.Table | None:
    for label in _LABEL_TYPES if corpus.label else _LABEL_TYPES[:1]:
        types = {corpus.label: label, corpus.id: pa.string(), corpus.text: pa.large_string()}
        schema = pa.schema([(name, kind) for name, kind in types.items() if name])
        parsing = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
        # Labels are strings or lists of strings; Arrow takes one type for a column.
        try:
            return arrow_json.read_json(pa.BufferReader(data), _READ_OPTIONS, parsing)
        except pa.ArrowInvalid:
            continue
    return None
