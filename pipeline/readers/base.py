"""What readers share: their protocol, the check of columns, the conversion of values, the builder of a shard."""

from __future__ import annotations

import json
import math
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pyarrow as pa

from camlode.config.errors import CorpusError, closest_match, join_words
from camlode.pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from camlode.config.sections import Corpus
    from camlode.pipeline.records import CorpusFile, RangeUnit, Shard


class Range(NamedTuple):
    """A part of a file: rows or bytes [start, stop)."""

    unit: RangeUnit
    start: int
    stop: int


class Reader(Protocol):
    """Reader of one corpus format: splits a file into ranges before the job runs, and reads one range."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Split the file into ranges of about `shard_documents` records, which cover it once and in order.

        Raises:
            CorpusError: the file cannot be read, or lacks a column that the corpus names.
        """

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """Read the records of one range, each as a document or as a reject.

        Raises:
            CorpusError: the file cannot be read.
        """


def list_columns(corpus: Corpus) -> dict[str, str]:
    """The columns that the corpus names, by setting: text always, id and label where they are set."""
    settings = {"corpus.text": corpus.text, "corpus.id": corpus.id, "corpus.label": corpus.label}
    return {setting: column for setting, column in settings.items() if column is not None}


def check_columns(path: str, present: Sequence[str], corpus: Corpus) -> None:
    """Check that a file has each column that the corpus names exactly once.

    Raises:
        CorpusError: a column is missing or occurs more than once.
    """
    for setting, column in list_columns(corpus).items():
        count = present.count(column)
        if count == 0:
            near = closest_match(column, present)
            raise CorpusError(
                f"{path} has no column {column!r} ({setting}); its columns are: {join_words(present) or 'none'}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        if count > 1:
            raise CorpusError(f"{path} has {count} columns named {column!r} ({setting}): rename all but one")


EXTRACT_CHARACTERS = 200


class RejectReason(StrEnum):
    """Reason for which a record is rejected."""

    NULL_TEXT = "null_text"
    EMPTY_TEXT = "empty_text"
    BLANK_TEXT = "blank_text"
    TEXT_IS_NOT_A_STRING = "text_is_not_a_string"
    MISSING_TEXT = "missing_text"
    INVALID_UTF8 = "invalid_utf8"
    LONE_SURROGATE = "lone_surrogate"
    BROKEN_JSON = "broken_json"
    NOT_AN_OBJECT = "not_an_object"
    BROKEN_CSV = "broken_csv"


def find_text_problem(text: object) -> RejectReason | None:
    """The reason why `text` cannot be explained, or None."""
    if text is None:
        return RejectReason.NULL_TEXT
    if not isinstance(text, str):
        return RejectReason.TEXT_IS_NOT_A_STRING
    if not text:
        return RejectReason.EMPTY_TEXT
    return RejectReason.BLANK_TEXT if text.isspace() else None


def to_string(value: object) -> str:
    """Convert an id or label to a string: numbers in their shortest form, null and NaN to ""."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return json.dumps(value, ensure_ascii=False, default=str)


def parse_labels(value: object, separator: str | None) -> list[str] | None:
    """Parse gold labels: the items of a list, or the parts of a string between separators; None for null and NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str) and separator is not None:
        parts = [part.strip() for part in value.split(separator)]
    elif isinstance(value, list):
        parts = [to_string(item) for item in value]
    else:
        parts = [to_string(value)]
    return [part for part in parts if part]


def make_extract(raw: bytes) -> str:
    """The first 200 characters of a raw record; bytes that are not UTF-8 become escapes."""
    longest = 4 * EXTRACT_CHARACTERS  # a character has at most four bytes
    return raw[:longest].decode("utf-8", "backslashreplace")[:EXTRACT_CHARACTERS]


class ShardBuilder:
    """Builds the tables of a shard from records that are added one by one."""

    def __init__(self, corpus: Corpus) -> None:
        self._separator = corpus.label_separator
        self._documents: list[tuple[str, str, list[str] | None, str]] = []
        self._rejects: list[tuple[str | None, str, str, str]] = []

    def add(self, location: str, raw: bytes, text: object, document_id: object = None, labels: object = None) -> None:
        """Add a record as a document, or as a reject if its text cannot be explained."""
        reason = find_text_problem(text)
        if reason is not None:
            self.reject(location, raw, reason, document_id)
        else:
            gold = parse_labels(labels, self._separator)
            self._documents.append((to_string(document_id) or location, str(text), gold, location))

    def reject(self, location: str, raw: bytes, reason: RejectReason, document_id: object = None) -> None:
        """Add a record as a reject; `raw` is the record as it is in the file."""
        self._rejects.append((to_string(document_id) or None, location, reason.value, make_extract(raw)))

    def decode(self, location: str, raw: bytes) -> str | None:
        """Decode a record; if it is not UTF-8, add a reject and return None."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.reject(location, raw, RejectReason.INVALID_UTF8)
            return None

    def finish(self) -> ShardDocuments:
        """All records in the order in which they were added."""
        return ShardDocuments(
            _build_table(self._documents, DOCUMENTS_SCHEMA), _build_table(self._rejects, REJECTS_SCHEMA)
        )


def _build_table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
