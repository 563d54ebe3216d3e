"""Gathers the records of a shard, one by one, into its documents and rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from pipeline.formats.values import RejectReason, find_text_problem, make_extract, parse_labels, to_string
from pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.sections import Corpus


class ShardBuilder:
    """What was read of a shard so far."""

    def __init__(self, corpus: Corpus) -> None:
        self._separator = corpus.label_separator
        self._documents: list[tuple[str, str, list[str] | None, str]] = []
        self._rejects: list[tuple[str | None, str, str, str]] = []

    def add(self, location: str, raw: bytes, text: object, name: object = None, labels: object = None) -> None:
        """Takes a record as a document, or as a reject if its text is unfit; `name` is its id."""
        reason = find_text_problem(text)
        if reason is not None:
            self.reject(location, raw, reason, name)
        else:
            gold = parse_labels(labels, self._separator)
            self._documents.append((to_string(name) or location, str(text), gold, location))

    def reject(self, location: str, raw: bytes, reason: RejectReason, name: object = None) -> None:
        """Takes a record as a reject; `raw` is what stood there."""
        self._rejects.append((to_string(name) or None, location, reason.value, make_extract(raw)))

    def decode(self, location: str, raw: bytes) -> str | None:
        """The record as a string; None, and a reject, where it is not UTF-8."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.reject(location, raw, RejectReason.INVALID_UTF8)
            return None

    def finish(self) -> ShardDocuments:
        """Everything taken, in the order it came."""
        return ShardDocuments(
            _build_table(self._documents, DOCUMENTS_SCHEMA), _build_table(self._rejects, REJECTS_SCHEMA)
        )


def _build_table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ((),) * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
