"""Gathers the records of a shard, one by one, into its documents and rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.formats.values import Reason, extract_of, labels_of, name_of, text_problem
from pipeline.records import DOCUMENTS, REJECTS, ShardDocuments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.sections import Corpus


class Collector:
    """What was read of a shard so far."""

    def __init__(self, corpus: Corpus) -> None:
        self._separator = corpus.label_separator
        self._documents: list[tuple[str, str, list[str] | None, str]] = []
        self._rejects: list[tuple[str | None, str, str, str]] = []

    def add(self, place: str, raw: bytes, text: object, name: object = None, labels: object = None) -> None:
        """Takes a record as a document, or as a reject if its text is unfit; `name` is its id."""
        reason = text_problem(text)
        if reason is not None:
            self.reject(place, raw, reason, name)
        else:
            gold = labels_of(labels, self._separator)
            self._documents.append((name_of(name) or place, str(text), gold, place))

    def reject(self, place: str, raw: bytes, reason: Reason, name: object = None) -> None:
        """Takes a record as a reject; `raw` is what stood there."""
        self._rejects.append((name_of(name) or None, place, reason.value, extract_of(raw)))

    def decoded(self, place: str, raw: bytes) -> str | None:
        """The record as a string; None, and a reject, where it is not UTF-8."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.reject(place, raw, Reason.INVALID_UTF8)
            return None

    def finish(self) -> ShardDocuments:
        """Everything taken, in the order it came."""
        return ShardDocuments(_table(self._documents, DOCUMENTS), _table(self._rejects, REJECTS))


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
