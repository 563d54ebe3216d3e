"""JSON Lines: an object a line."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.formats.collector import ShardBuilder
from pipeline.formats.columns import check_columns
from pipeline.formats.json_blocks import read_with_arrow
from pipeline.formats.lines import align_to_lines, enumerate_records, iterate_lines, plan_line_ranges, strip_newline
from pipeline.formats.storage import read_blocks
from pipeline.formats.values import RejectReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.sections import Corpus
    from pipeline.formats.base import Range
    from pipeline.records import CorpusFile, Shard, ShardDocuments

_CHECKED_LINES = 100
"""Lines that are looked at before anything runs."""


class JsonLinesReader:
    """A JSON object on each line; wholly blank lines are no records."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of about `shard_documents` lines.

        Raises:
            CorpusError: the file cannot be read, or none of its first objects has a column that the corpus names.
        """
        _check_first_objects(file, corpus)
        return plan_line_ranges(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The objects of one range; a line that holds none is a reject."""
        if shard.unit == "bytes" and (clean := read_with_arrow(shard, corpus)) is not None:
            return clean
        builder = ShardBuilder(corpus)
        for number, line in enumerate_records(shard, iterate_lines):
            raw = strip_newline(line)
            if raw.strip(b" \t\r"):
                _add_record(builder, f"{shard.file.path}:{number}", raw, corpus)
        return builder.finish()


def _check_first_objects(file: CorpusFile, corpus: Corpus) -> None:
    """A column that none of the first objects has is a slip in the job; what single objects lack is their own affair.

    Gold labels may start further down, so they aren't looked for.
    """
    lines = islice(iterate_lines(align_to_lines(read_blocks(file.path))), _CHECKED_LINES)
    keys = {key for line in lines for key in _read_keys(line)}
    if keys:
        check_columns(file.path, sorted(keys), corpus.model_copy(update={"label": None}))


def _read_keys(line: bytes) -> Iterable[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ()  # The reader will reject it, with its place.
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
    # Only an escape can bring in half of a surrogate pair: the line itself is UTF-8.
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
