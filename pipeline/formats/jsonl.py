"""JSON Lines: an object a line."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from pipeline.formats.collector import Collector
from pipeline.formats.columns import check_columns
from pipeline.formats.json_blocks import read_clean
from pipeline.formats.lines import each_line, numbered_records, split_lines, whole_lines, without_end
from pipeline.formats.storage import blocks
from pipeline.formats.values import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config.sections import Corpus
    from pipeline.formats.base import Range
    from pipeline.records import CorpusFile, Shard, ShardDocuments

_FIRST = 100
"""Lines that are looked at before anything runs."""


class JsonLines:
    """A JSON object on each line; wholly blank lines are no records."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Ranges of about `shard_documents` lines.

        Raises:
            CorpusError: the file cannot be read, or none of its first objects has a column that the corpus names.
        """
        _check_first_objects(file, corpus)
        return split_lines(file, shard_documents)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """The objects of one range; a line that holds none is a reject."""
        if shard.unit == "bytes" and (clean := read_clean(shard, corpus)) is not None:
            return clean
        collector = Collector(corpus)
        for number, line in numbered_records(shard, each_line):
            raw = without_end(line)
            if raw.strip(b" \t\r"):
                _take(collector, f"{shard.file.path}:{number}", raw, corpus)
        return collector.finish()


def _check_first_objects(file: CorpusFile, corpus: Corpus) -> None:
    """A column that none of the first objects has is a slip in the job; what single objects lack is their own affair.

    Gold labels may start further down, so they aren't looked for.
    """
    lines = islice(each_line(whole_lines(blocks(file.path))), _FIRST)
    keys = {key for line in lines for key in _keys(line)}
    if keys:
        check_columns(file.path, sorted(keys), corpus.model_copy(update={"label": None}))


def _keys(line: bytes) -> Iterable[str]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return ()  # The reader will reject it, with its place.
    return record if isinstance(record, dict) else ()


def _take(collector: Collector, place: str, raw: bytes, corpus: Corpus) -> None:
    line = collector.decoded(place, raw)
    if line is None:
        return
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        collector.reject(place, raw, Reason.BROKEN_JSON)
        return
    if not isinstance(record, dict):
        collector.reject(place, raw, Reason.NOT_AN_OBJECT)
        return
    name = record.get(corpus.id) if corpus.id else None
    labels = record.get(corpus.label) if corpus.label else None
    text = record.get(corpus.text)
    # Only an escape can bring in half of a surrogate pair: the line itself is UTF-8.
    if "\\u" in line and not _encodable((text, name, labels)):
        collector.reject(place, raw, Reason.LONE_SURROGATE)
    elif corpus.text not in record:
        collector.reject(place, raw, Reason.MISSING_TEXT, name)
    else:
        collector.add(place, raw, text, name, labels)


def _encodable(values: object) -> bool:
    try:
        json.dumps(values, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
